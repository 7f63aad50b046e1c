// One round of the watcher: brings this pod's files to the packages in the database. Each package stands for itself, so
// a broken one leaves its own files as they were and does not keep others from theirs. Everything is found out anew from
// files and database, so a round that was killed anywhere is repaired by the next one.
import { describeFileError } from "../../../../init/engine/failure.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { MOST_PACKAGES, type PackageRow } from "../probes/packageRows.ts";
import { computeShortDigest } from "../release.ts";
import { findPlaceFault, hasPackageFiles, listDifferent, placeFiles, takeAway } from "./packageFiles.ts";
import { findPathFault } from "./packagePath.ts";
import {
  createPackageState,
  formatOwner,
  type InstalledFile,
  type InstalledPackage,
  noteChangedModules,
  type PackageState,
  parseOwnerName,
  type Refusal,
  readFileList,
  readPackageState,
  writeFileList,
  writePackageState,
} from "./packageState.ts";
import { isLoadedByFirstProcess } from "./reloadDaemon.ts";
import {
  clearStage,
  createPackageFault,
  createPodFault,
  PACKAGE_LIMITS,
  type PackageFault,
  type PackageLimits,
  type StagedPackage,
  stagePackage,
} from "./stagePackage.ts";

export interface RoundInput {
  otobo: Otobo;
  rows: readonly PackageRow[];
  /** compares the contents of files, too: after a start, when nothing is known of the time before */
  isFull: boolean;
  /** packages that are not tried now, with the reason of their last failure */
  postponed: ReadonlyMap<string, PackageFault>;
  /** by name: how often the row of a package has failed */
  tries?: ReadonlyMap<string, number>;
  /** @default those of a pod that runs */
  limits?: PackageLimits;
}

/**
 * Of each name the row with the highest id: package_repository has no unique key, so two installations at one time leave
 * two rows, and each round would put the files of both into place.
 */
export function selectNewest(rows: readonly PackageRow[]): PackageRow[] {
  const newest = new Map<string, PackageRow>();
  for (const row of rows) {
    const other = newest.get(row.name);
    if (other === undefined || other.id < row.id) newest.set(row.name, row);
  }
  return [...newest.values()];
}

const isInstalled = ({ status }: PackageRow): boolean => status === "installed";

/** The id of a set of packages, the same in every pod; "" while OTOBO is changing it. */
export function computeSetId(rows: readonly PackageRow[]): string {
  if (!rows.every(isInstalled)) return "";
  const lines = rows.map(({ id, name, version, changed }) => JSON.stringify([id, name, version, changed]));
  return `${rows.length}:${computeShortDigest(lines.sort().join("\n"))}`;
}

/**
 * @returns faults: by its name, why a package is not as in the database
 * @throws on an error of the file system that concerns no single package
 */
export async function takeRound({
  otobo,
  rows,
  isFull,
  postponed,
  tries = new Map(),
  limits = PACKAGE_LIMITS,
}: RoundInput): Promise<{ faults: Map<string, PackageFault> }> {
  const faults = new Map<string, PackageFault>();
  if (rows.length > MOST_PACKAGES) {
    faults.set("(all)", createPodFault(`the database has more than ${MOST_PACKAGES} packages`));
    return { faults };
  }
  const state = (await readPackageState(otobo.home)) ?? createPackageState();
  const round = new Round(otobo, state, limits);
  for (const row of selectNewest(rows).filter(isInstalled)) {
    const count = (tries.get(row.name) ?? 0) + 1;
    const fault = postponed.get(row.name) ?? (await round.update(row, rows, { isFull, tries: count }));
    if (fault !== null) faults.set(row.name, fault);
  }
  await round.removeOthers(rows, faults);
  await round.noteRefused(rows, faults);
  await clearStage(otobo.home);
  return { faults };
}

class Round {
  readonly #otobo: Otobo;
  readonly #state: PackageState;
  readonly #limits: PackageLimits;
  /** by path, NAME=VERSION of the package whose file is in place */
  readonly #owners: Map<string, string>;

  constructor(otobo: Otobo, state: PackageState, limits: PackageLimits) {
    this.#otobo = otobo;
    this.#state = state;
    this.#limits = limits;
    this.#owners = new Map(
      [...state.packages.values()].flatMap((each) =>
        each.files.map(({ path }): [string, string] => [path, formatOwner(each)]),
      ),
    );
  }

  /** Brings one package's files to the row's version. @returns why not; then they are as before */
  async update(
    row: PackageRow,
    rows: readonly PackageRow[],
    { isFull, tries }: { isFull: boolean; tries: number },
  ): Promise<PackageFault | null> {
    const { home, say } = this.#otobo;
    const before = this.#state.packages.get(row.name);
    const isSameRow =
      before?.id === row.id && before.changed === row.changed && before.version === row.version;
    try {
      if (before !== undefined && isSameRow && (await hasPackageFiles(home, before, isFull))) return null;
      const staged = await this.#stage(row, tries);
      if ("why" in staged) return staged;
      const taken = this.#findTaken(staged, rows);
      if (taken !== null) return createPackageFault(taken);
      const different = await listDifferent(home, staged);
      const paths = different.map((index) => staged.files[index]?.path ?? "");
      const now = new Set(staged.files.map(({ path }) => path));
      const gone = this.#listOwn(before).filter(({ path }) => !now.has(path));
      const fault = await findPlaceFault(home, [...paths, ...gone.map(({ path }) => path)]);
      if (fault !== null) return fault;
      if (different.length > 0) await this.#announce(staged, paths);
      const unplaced = await placeFiles(this.#otobo, staged, different);
      if (unplaced !== null) return createPodFault(unplaced);
      const takenAway = await this.#takeAway(gone);
      if (takenAway !== null) return createPodFault(takenAway);
      await this.#keep(toInstalled(row, staged));
      if (different.length > 0)
        say(
          `package ${row.name} ${row.version}: ${different.length} of ${staged.files.length} files put into place`,
        );
      return null;
    } catch (error) {
      return createPodFault(describeFileError(error));
    }
  }

  /** Notes the attempt first: a package whose parser takes the container's memory ends the watcher, too. */
  async #stage(row: PackageRow, tries: number): Promise<StagedPackage | PackageFault> {
    const { home } = this.#otobo;
    this.#state.attempts.set(row.name, { id: row.id, tries });
    await writePackageState(home, this.#state);
    const staged = await stagePackage(this.#otobo, row, this.#limits);
    this.#state.attempts.delete(row.name);
    await writePackageState(home, this.#state);
    return staged;
  }

  /**
   * Takes away the files of packages that are no longer in the database, and of an earlier start.
   * A package that OTOBO is installing or upgrading, or that failed, keeps its files.
   */
  async removeOthers(rows: readonly PackageRow[], faults: Map<string, PackageFault>): Promise<void> {
    const names = new Set(rows.map(({ name }) => name));
    for (const name of this.#state.attempts.keys()) if (!names.has(name)) this.#state.attempts.delete(name);
    for (const gone of [...this.#state.packages.values()].filter(({ name }) => !names.has(name))) {
      const why = await this.#remove(gone);
      if (why !== null) faults.set(gone.name, createPodFault(`its files cannot be removed: ${why}`));
    }
    const { home } = this.#otobo;
    const owners = this.#owners;
    const list = await readFileList(home);
    const isKept = (of: string): boolean => names.has(parseOwnerName(of));
    const stale = [...list].filter(([path, of]) => !owners.has(path) && !isKept(of)).map(([path]) => path);
    const why = await this.#takeAway(stale.map((path) => ({ path, sha256: null })));
    if (why !== null) {
      faults.set("(removed packages)", createPodFault(`their files cannot be removed: ${why}`));
      return;
    }
    const kept = [...list].filter(
      ([path, of]) => !owners.has(path) && isKept(of) && !this.#state.packages.has(parseOwnerName(of)),
    );
    const wanted = new Map([...kept, ...owners]);
    if (!isSameList(wanted, list)) await writeFileList(home, wanted);
  }

  /** For the next start, which keeps the old version of a package that cannot be used, too. */
  async noteRefused(rows: readonly PackageRow[], faults: ReadonlyMap<string, PackageFault>): Promise<void> {
    const refused = selectNewest(rows).flatMap(({ name, version }): [string, Refusal][] => {
      const fault = faults.get(name);
      return fault?.isOfPackage === true ? [[name, { version, fault: fault.why }]] : [];
    });
    if (JSON.stringify(refused) === JSON.stringify([...this.#state.refused])) return;
    this.#state.refused = new Map(refused);
    await writePackageState(this.#otobo.home, this.#state);
  }

  async #remove(gone: InstalledPackage): Promise<WhyNot> {
    const { home, say } = this.#otobo;
    const why = await this.#takeAway(this.#listOwn(gone));
    if (why !== null) return why;
    this.#forget(gone);
    await writePackageState(home, this.#state);
    say(`package ${gone.name} ${gone.version}: removed`);
    return null;
  }

  async #takeAway(files: readonly { path: string; sha256: string | null }[]): Promise<WhyNot> {
    if (files.length === 0) return null;
    const { home, say } = this.#otobo;
    const safe = files.filter(({ path }) => findPathFault(path) === null);
    const fault = await findPlaceFault(
      home,
      safe.map(({ path }) => path),
    );
    if (fault !== null) return fault.why;
    await this.#markReloadDue(safe.map(({ path }) => path));
    const { restored, why } = await takeAway(this.#otobo, safe);
    for (const path of restored) say(`restored from the image: ${path}`);
    return why;
  }

  /** A file that another package has in place; two packages with one file would take it from each other for ever. */
  #findTaken(staged: StagedPackage, rows: readonly PackageRow[]): WhyNot {
    const names = new Set(rows.map(({ name }) => name));
    for (const { path } of staged.files) {
      const owner = this.#owners.get(path);
      if (owner === undefined) continue;
      const name = parseOwnerName(owner);
      if (name !== staged.name && names.has(name)) return `package ${name} has a file ${path}, too`;
    }
    return null;
  }

  /** A package's files, without those that another package has taken over. */
  #listOwn(installed: InstalledPackage | undefined): InstalledFile[] {
    if (installed === undefined) return [];
    const own = formatOwner(installed);
    return installed.files.filter(({ path }) => this.#owners.get(path) === own);
  }

  /** Writes the plan of a change before its first file: after a kill the next round knows the files, and tells the daemon. */
  async #announce(staged: StagedPackage, paths: readonly string[]): Promise<void> {
    await this.#markReloadDue(paths);
    const { home } = this.#otobo;
    const list = await readFileList(home);
    const size = list.size;
    for (const { path } of staged.files) if (!list.has(path)) list.set(path, formatOwner(staged));
    if (list.size > size) await writeFileList(home, list);
  }

  async #markReloadDue(paths: readonly string[]): Promise<void> {
    await noteChangedModules(this.#otobo.home, paths);
    this.#state.isRestartDue ||= paths.some(isLoadedByFirstProcess);
    this.#state.isReloadDue = true;
    this.#state.isSettingsDue = true;
    await writePackageState(this.#otobo.home, this.#state);
  }

  async #keep(installed: InstalledPackage): Promise<void> {
    const before = this.#state.packages.get(installed.name);
    if (before !== undefined) this.#forget(before);
    // last, so that after a restart, too, it owns the files that it has taken over from a removed package
    this.#state.packages.set(installed.name, installed);
    for (const { path } of installed.files) this.#owners.set(path, formatOwner(installed));
    await writePackageState(this.#otobo.home, this.#state);
  }

  #forget(installed: InstalledPackage): void {
    for (const { path } of this.#listOwn(installed)) this.#owners.delete(path);
    this.#state.packages.delete(installed.name);
  }
}

function toInstalled(
  { id, changed }: PackageRow,
  { name, version, time, files }: StagedPackage,
): InstalledPackage {
  return { id, name, version, changed, time, files };
}

function isSameList(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([path, of]) => other.get(path) === of);
}

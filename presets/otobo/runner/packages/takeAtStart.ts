// Packages at the start of a pod that takes them up while it runs (docs/otobo.md#packages-at-run-time): by the same round
// as later, with higher limits of size, memory and time. A package that cannot be used leaves its old version, where the pod has it.
import { PACKAGES_ENV, PACKAGES_WATCHED } from "../../contract/packages.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { hasPackageFiles } from "./packageFiles.ts";
import { type PackageState, readPackageState, writePackageState } from "./packageState.ts";
import { readPackageRows } from "./readPackageRows.ts";
import { START_LIMITS } from "./stagePackage.ts";
import { selectNewest, takeRound } from "./takeRound.ts";

export const isWatchingPackages = ({ env }: Pick<Otobo, "env">): boolean =>
  env[PACKAGES_ENV] === PACKAGES_WATCHED;

/** Brings the files of all packages into place. @returns why the pod cannot start with them */
export async function takeAtStart(otobo: Otobo): Promise<WhyNot> {
  const { home, say } = otobo;
  const reading = await readPackageRows(otobo);
  if ("why" in reading) return `cannot read the packages: ${reading.why}`;
  const { rows } = reading;
  const { faults } = await takeRound({
    otobo,
    rows,
    isFull: true,
    postponed: new Map(),
    limits: START_LIMITS,
  });
  const state = await readPackageState(home);
  // the daemon is started after this, and reads all of it
  if (state !== null) {
    const read = { isReloadDue: false, isRestartDue: false, isSettingsDue: false };
    await writePackageState(home, { ...state, ...read });
  }
  const kept = await listKeptPackages(otobo);
  const ids = new Map(selectNewest(rows).map(({ name, id }) => [name, id]));
  const unusable: string[] = [];
  for (const [name, { why, isOfPackage }] of faults) {
    const old = kept.get(name);
    const id = ids.get(name);
    if (old !== undefined) say(describeKept(name, old));
    // of no row: files of a removed package, or the list as a whole
    else if (id === undefined) return `packages: ${name}: ${why}`;
    else if (isOfPackage) unusable.push(describeUnusable(name, why, id));
    else
      return `package ${name} cannot be taken now: ${why}. The package itself is not refused; this will be tried again`;
  }
  return unusable[0] ?? null;
}

const describeUnusable = (name: string, why: string, id: number): string =>
  `package ${name} cannot be used: ${why}, and this pod has no older version of it. Uninstall the package, or install a version without this fault, in the ` +
  `Package Manager of a pod that runs. Only if none runs, remove its row from the database, which leaves the package's tables and settings behind: ` +
  `DELETE FROM package_repository WHERE id = ${id}`;

export const describeKept = (name: string, { version, refused, fault }: KeptPackage): string =>
  `WARNING: package ${name} ${refused} cannot be used: ${fault}; this pod keeps version ${version}`;

/** A package whose row cannot be used. */
export interface KeptPackage {
  /** in this pod */
  version: string;
  /** of the row */
  refused: string;
  fault: string;
}

/** By name, packages whose row cannot be used and whose old version is whole in this pod. */
export async function listKeptPackages(
  otobo: Pick<Otobo, "env" | "home">,
): Promise<Map<string, KeptPackage>> {
  const kept = new Map<string, KeptPackage>();
  const state = isWatchingPackages(otobo) ? await readPackageState(otobo.home) : null;
  for (const [name, { version: refused, fault }] of state?.refused ?? []) {
    const old = await findWholePackage(otobo.home, state, name);
    if (old !== null) kept.set(name, { version: old, refused, fault });
  }
  return kept;
}

/** The version of a package whose files are in place, or null. */
async function findWholePackage(
  home: string,
  state: PackageState | null,
  name: string,
): Promise<string | null> {
  const installed = state?.packages.get(name);
  return installed !== undefined && (await hasPackageFiles(home, installed, true)) ? installed.version : null;
}

// Packages: once per release and database OTOBO's commands reinstall and upgrade them, but their exit codes are not
// reliable; then each pod writes the packages' files from the database (docs/research/otobo.md#exit-codes).
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import { parseOwnerName } from "../packages/packageState.ts";
import { describeKept, isWatchingPackages, listKeptPackages, takeAtStart } from "../packages/takeAtStart.ts";
import { CACHE, cacheAnswer } from "../probes/cache.ts";
import { NOTES, notesAnswer } from "../probes/notes.ts";
import { PACKAGES, packagesAnswer } from "../probes/packages.ts";
import { readRelease } from "../release.ts";
import type { StepImplementation } from "../step.ts";
import { checkArticleStorage } from "./checkArticleStorage.ts";
import { checkTables } from "./migrate.ts";

/** Notes with the id of the release for which the installation and the upgrade were verified. */
export const INSTALLED = "Installed";
const UPGRADED = "Upgraded";
/** Note with the id of the release that was done without ReinstallAll. */
const OWED = "ReinstallOwed";
/** Not "": that is no value for Oracle. */
const NOT_OWED = "no";

export const reinstall: StepImplementation = {
  run: async (otobo) => {
    const missing = await checkTables(otobo);
    if (missing !== null) return missing;
    const elsewhere = await checkFirstUse(otobo);
    if (elsewhere !== null) return elsewhere;
    // set before other work of this release, so that the step "cache" can prove that the cache was emptied afterwards
    const canary = await otobo.ask(CACHE, cacheAnswer, "set");
    if ("why" in canary) return `the cache: ${canary.why}`;
    const reinstalled = await reinstallAll(otobo);
    if ("why" in reinstalled) return reinstalled.why;
    // before INSTALLED where it is owed, and after it where not: a kill between the two must not lose it
    if (reinstalled.isOwed) return (await noteOwed(otobo, true)) ?? noteWhereDeployed(otobo, [INSTALLED]);
    return (await noteWhereDeployed(otobo, [INSTALLED])) ?? noteOwed(otobo, false);
  },
  verify: async (otobo) =>
    (await checkPackagesInDatabase(otobo)) ?? (await checkNoted(otobo, INSTALLED)) ?? checkNotOwed(otobo),
};

/** @returns isOwed: a package cannot be used now, so it must be done once none is left */
async function reinstallAll(otobo: Otobo): Promise<{ isOwed: boolean } | { why: string }> {
  const command = "Admin::Package::ReinstallAll";
  if (isWatchingPackages(otobo)) {
    // OTOBO would write the files of a package that cannot be used, also over Kernel/Config.pm
    const unusable = await takeAtStart(otobo);
    if (unusable !== null) return { why: unusable };
    const kept = await listKeptPackages(otobo);
    if (kept.size > 0) {
      otobo.say(
        `${command} is left out, since it would replace the old version of ${[...kept.keys()].join(", ")}; the first start without such a package does it`,
      );
      return { isOwed: true };
    }
  }
  const why = describeOtoboEnd(command, await otobo.console(command));
  return why === null ? { isOwed: false } : { why };
}

/** Whether a release was done without ReinstallAll, which no start has made up for. */
export async function readOwed({ ask }: Otobo): Promise<{ isOwed: boolean } | { why: string }> {
  const noted = await ask(NOTES, notesAnswer, OWED);
  if ("why" in noted) return noted;
  return { isOwed: !["", NOT_OWED].includes(noted.answer.value) };
}

async function noteOwed(otobo: Otobo, isOwed: boolean): Promise<WhyNot> {
  const before = await readOwed(otobo);
  if ("why" in before) return before.why;
  if (before.isOwed === isOwed) return null;
  const release = await readRelease(otobo);
  if ("why" in release) return release.why;
  const noted = await otobo.ask(NOTES, notesAnswer, OWED, isOwed ? release.id : NOT_OWED);
  return "why" in noted ? noted.why : null;
}

/** A pod that still keeps an old version must start, so it is owed only where none is kept. */
async function checkNotOwed(otobo: Otobo): Promise<WhyNot> {
  const owed = await readOwed(otobo);
  if ("why" in owed) return owed.why;
  if (!owed.isOwed || (await listKeptPackages(otobo)).size > 0) return null;
  return "Admin::Package::ReinstallAll was left out for a package that could not be used, and is owed";
}

/**
 * Rejects only a database of another installation; for one that this preset has already used it logs a warning.
 */
async function checkFirstUse(otobo: Otobo): Promise<WhyNot> {
  const why = await checkArticleStorage(otobo);
  if (why === null) return null;
  const noted = await otobo.ask(NOTES, notesAnswer, INSTALLED);
  if ("answer" in noted && noted.answer.value !== "") {
    otobo.say(`WARNING: ${why}`);
    return null;
  }
  return why;
}

export const upgrade: StepImplementation = {
  run: async (otobo) => {
    const command = "Admin::Package::UpgradeAll";
    // exits 1 for any package that no repository offers, and without Internet access
    // (docs/research/otobo.md#exit-codes)
    const complaint = describeOtoboEnd(command, await otobo.console(command));
    if (complaint !== null) {
      return `${complaint}: check that the repositories are reachable and offer each package, or set release.upgradePackages: false`;
    }
    return noteWhereDeployed(otobo, [UPGRADED, INSTALLED]);
  },
  verify: async (otobo) => (await checkPackagesInDatabase(otobo)) ?? checkNoted(otobo, UPGRADED),
};

/** Scope Pod: it deploys nothing, so pods do not wait for each other. */
export const packages: StepImplementation = {
  run: writePackages,
  verify: checkPackagesDeployed,
};

/** Brings the packages' files into place. */
async function writePackages(otobo: Otobo): Promise<WhyNot> {
  if (isWatchingPackages(otobo)) return takeAtStart(otobo);
  const { ask, say, next } = otobo;
  const request = await ask(PACKAGES, packagesAnswer, "write", next);
  if ("why" in request) return `cannot read the packages: ${request.why}`;
  const { packages: names, wrong, written, stale, restored } = request.answer;
  say(`${names.length} packages, ${written} files written`);
  for (const file of restored) say(`restored from the image, because the package was removed: ${file}`);
  for (const file of stale) say(`left over from a removed package, delete it unless you need it: ${file}`);
  return summarise(wrong);
}

/** Checks that every file of every package matches the database, except where an old version is kept. */
export async function checkPackagesDeployed(otobo: Otobo): Promise<WhyNot> {
  const request = await otobo.ask(PACKAGES, packagesAnswer, "check", otobo.next);
  if ("why" in request) return `cannot read the packages: ${request.why}`;
  const kept = await listKeptPackages(otobo);
  for (const [name, each] of kept) otobo.say(describeKept(name, each));
  const isKept = (owner: string): boolean => {
    const old = kept.get(parseOwnerName(owner));
    return old !== undefined && [old.version, old.refused].some((version) => owner.endsWith(`=${version}`));
  };
  return summarise(request.answer.wrong.filter(({ of }) => !isKept(of)));
}

/** Checks that the database says of every package that it is installed. */
export async function checkPackagesInDatabase({ ask, next }: Otobo): Promise<WhyNot> {
  const request = await ask(PACKAGES, packagesAnswer, "database", next);
  return "why" in request ? `cannot read the packages: ${request.why}` : summarise(request.answer.wrong);
}

/**
 * Notes a completed deployment, after a check: ReinstallAll reports success and exits 0 even if a file could not be
 * written.
 */
async function noteWhereDeployed(otobo: Otobo, notes: readonly string[]): Promise<WhyNot> {
  const why = (await writePackages(otobo)) ?? (await checkPackagesDeployed(otobo));
  if (why !== null) return why;
  const release = await readRelease(otobo);
  if ("why" in release) return release.why;
  for (const note of notes) {
    const noted = await otobo.ask(NOTES, notesAnswer, note, release.id);
    if ("why" in noted) return noted.why;
  }
  return null;
}

async function checkNoted(otobo: Otobo, note: string): Promise<WhyNot> {
  const release = await readRelease(otobo);
  if ("why" in release) return release.why;
  const noted = await otobo.ask(NOTES, notesAnswer, note);
  if ("why" in noted) return noted.why;
  const { value } = noted.answer;
  return value === release.id
    ? null
    : `${note.toLowerCase()} was last verified for ${value || "no release"}, not ${release.id}`;
}

function summarise(wrong: readonly { why: string }[]): WhyNot {
  if (wrong.length === 0) return null;
  const more = wrong.length > 3 ? ` and ${wrong.length - 3} more` : "";
  const first = wrong.slice(0, 3).map(({ why }) => why);
  return `${first.join("; ")}${more}`;
}

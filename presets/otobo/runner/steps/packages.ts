// Packages: once per release and database OTOBO's commands reinstall and upgrade them, but their exit codes are not
// reliable; then each pod writes the packages' files from the database (docs/research/otobo.md#exit-codes).
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
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

export const reinstall: StepImplementation = {
  run: async (otobo) => {
    const missing = await checkTables(otobo);
    if (missing !== null) return missing;
    const elsewhere = await checkFirstUse(otobo);
    if (elsewhere !== null) return elsewhere;
    // set before other work of this release, so that the step "cache" can prove that the cache was emptied afterwards
    const canary = await otobo.ask(CACHE, cacheAnswer, "set");
    if ("why" in canary) return `the cache: ${canary.why}`;
    const command = "Admin::Package::ReinstallAll";
    const complaint = describeOtoboEnd(command, await otobo.console(command));
    return complaint ?? noteWhereDeployed(otobo, [INSTALLED]);
  },
  verify: async (otobo) => (await checkPackagesInDatabase(otobo)) ?? checkNoted(otobo, INSTALLED),
};

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
  run: async ({ ask, say, next }) => {
    const request = await ask(PACKAGES, packagesAnswer, "write", next);
    if ("why" in request) return `cannot read the packages: ${request.why}`;
    const { packages: names, wrong, written, stale, restored } = request.answer;
    say(`${names.length} packages, ${written} files written`);
    for (const file of restored) say(`restored from the image, because the package was removed: ${file}`);
    for (const file of stale) say(`left over from a removed package, delete it unless you need it: ${file}`);
    return summarise(wrong);
  },
  verify: checkPackagesDeployed,
};

/** Checks that every file of every package matches the database. */
export async function checkPackagesDeployed({ ask, next }: Otobo): Promise<WhyNot> {
  const request = await ask(PACKAGES, packagesAnswer, "check", next);
  return "why" in request ? `cannot read the packages: ${request.why}` : summarise(request.answer.wrong);
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
  const written = await otobo.ask(PACKAGES, packagesAnswer, "write", otobo.next);
  if ("why" in written) return `cannot read the packages: ${written.why}`;
  const why = summarise(written.answer.wrong) ?? (await checkPackagesDeployed(otobo));
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

function summarise(wrong: readonly string[]): WhyNot {
  if (wrong.length === 0) return null;
  const more = wrong.length > 3 ? ` and ${wrong.length - 3} more` : "";
  return `${wrong.slice(0, 3).join("; ")}${more}`;
}

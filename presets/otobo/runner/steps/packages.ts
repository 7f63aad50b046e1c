// Packages: once for each release and database they are installed again and upgraded by OTOBO's own commands, whose exit
// codes are not to be believed; then each pod writes the files that the database names
// (docs/research/otobo.md#exit-codes).
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import { CACHE, cacheAnswer } from "../probes/cache.ts";
import { NOTES, notesAnswer } from "../probes/notes.ts";
import { PACKAGES, packagesAnswer } from "../probes/packages.ts";
import { readRelease } from "../release.ts";
import type { StepImplementation } from "../step.ts";
import { checkArticleStorage } from "./checkArticleStorage.ts";
import { checkTables } from "./migrate.ts";

/** What was seen to be installed, and to have been upgraded: the release's id. */
const INSTALLED = "Installed";
const UPGRADED = "Upgraded";

export const reinstall: StepImplementation = {
  run: async (otobo) => {
    const missing = await checkTables(otobo);
    if (missing !== null) return missing;
    const elsewhere = await whyFirstHere(otobo);
    if (elsewhere !== null) return elsewhere;
    // before anything of this release: the step "cache" proves by it that the cache was emptied after
    const canary = await otobo.ask(CACHE, cacheAnswer, "set");
    if ("why" in canary) return `the cache: ${canary.why}`;
    const command = "Admin::Package::ReinstallAll";
    const complaint = describeOtoboEnd(command, await otobo.console(command));
    return complaint ?? noteWhereDeployed(otobo, [INSTALLED]);
  },
  verify: async (otobo) => (await whyNotInDatabase(otobo)) ?? whyNotNoted(otobo, INSTALLED),
};

/** Only a database that comes from elsewhere is refused: one that this preset has run on before goes on, and is told. */
async function whyFirstHere(otobo: Otobo): Promise<WhyNot> {
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
    // 1 for any package that no repository offers, and where there is no way out (docs/research/otobo.md#exit-codes)
    const complaint = describeOtoboEnd(command, await otobo.console(command));
    if (complaint !== null) {
      return `${complaint}: are the repositories within reach, and does each package come from one? Else set release.upgradePackages: false`;
    }
    return noteWhereDeployed(otobo, [UPGRADED, INSTALLED]);
  },
  verify: async (otobo) => (await whyNotInDatabase(otobo)) ?? whyNotNoted(otobo, UPGRADED),
};

/** Of every pod: nothing is deployed by it, so pods do not wait for one another. */
export const packages: StepImplementation = {
  run: async ({ ask, say, next }) => {
    const request = await ask(PACKAGES, packagesAnswer, "write", next);
    if ("why" in request) return `the packages could not be read: ${request.why}`;
    const { packages: names, wrong, written, stale, restored } = request.answer;
    say(`${names.length} packages, ${written} files written`);
    for (const file of restored) say(`restored from the image, since the package is removed: ${file}`);
    for (const file of stale)
      say(`left over from a package that is removed, delete it if it is not yours: ${file}`);
    return reasons(wrong);
  },
  verify: checkPackagesDeployed,
};

/** Every file of every package is here as the database has it. */
export async function checkPackagesDeployed({ ask, next }: Otobo): Promise<WhyNot> {
  const request = await ask(PACKAGES, packagesAnswer, "check", next);
  return "why" in request ? `the packages could not be read: ${request.why}` : reasons(request.answer.wrong);
}

async function whyNotInDatabase({ ask, next }: Otobo): Promise<WhyNot> {
  const request = await ask(PACKAGES, packagesAnswer, "database", next);
  return "why" in request ? `the packages could not be read: ${request.why}` : reasons(request.answer.wrong);
}

/** ReinstallAll says "1 package(s) reinstalled" and exits 0 where a file could not be written. */
async function noteWhereDeployed(otobo: Otobo, notes: readonly string[]): Promise<WhyNot> {
  const written = await otobo.ask(PACKAGES, packagesAnswer, "write", otobo.next);
  if ("why" in written) return `the packages could not be read: ${written.why}`;
  const why = reasons(written.answer.wrong) ?? (await checkPackagesDeployed(otobo));
  if (why !== null) return why;
  const release = await readRelease(otobo);
  if ("why" in release) return release.why;
  for (const note of notes) {
    const noted = await otobo.ask(NOTES, notesAnswer, note, release.id);
    if ("why" in noted) return noted.why;
  }
  return null;
}

async function whyNotNoted(otobo: Otobo, note: string): Promise<WhyNot> {
  const release = await readRelease(otobo);
  if ("why" in release) return release.why;
  const noted = await otobo.ask(NOTES, notesAnswer, note);
  if ("why" in noted) return noted.why;
  const { value } = noted.answer;
  return value === release.id
    ? null
    : `${note.toLowerCase()} was last seen for ${value || "nothing"}, not ${release.id}`;
}

function reasons(wrong: readonly string[]): WhyNot {
  if (wrong.length === 0) return null;
  const more = wrong.length > 3 ? ` and ${wrong.length - 3} more` : "";
  return `${wrong.slice(0, 3).join("; ")}${more}`;
}

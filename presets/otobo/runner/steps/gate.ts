// The last steps of a pod: loader files, the package event, and the gate. The gate fails closed, so a pod never starts
// a web server with an open installer (docs/research/otobo.md#sync).
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError, isMissing } from "../../../../init/engine/failure.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import { EVENT, FILES, SIDE_EVENT } from "../preload.ts";
import { DATABASE, databaseAnswer, describeDatabase, describeInterrupted } from "../probes/database.ts";
import { SETTINGS, settingsAnswer } from "../probes/settings.ts";
import { readOtoboS3 } from "../s3.ts";
import type { StepImplementation } from "../step.ts";
import { checkAclsActive } from "./acls.ts";
import { checkTables } from "./migrate.ts";
import { checkPackagesDeployed } from "./packages.ts";

const COMMAND = "Maint::Loader::CacheGenerate";
const HTDOCS = "var/httpd/htdocs";

export const loader: StepImplementation = {
  run: async (otobo) => describeOtoboEnd(COMMAND, await otobo.console(COMMAND)),
  verify: async (otobo) => {
    const made = await listLoaderFiles(otobo);
    if ("why" in made) return made.why;
    const isMade = made.files.some((path) => /js-cache\/[^/]+\.js$/.test(path));
    const isStyled = made.files.some((path) => /css-cache\/[^/]+\.css$/.test(path));
    return isMade && isStyled ? null : `${made.where} holds no generated JavaScript or CSS`;
  },
};

/**
 * In S3 mode OTOBO writes them to S3 only, and each pod fetches them on demand
 * (docs/research/otobo.md#files-of-one-pod).
 */
async function listLoaderFiles({
  home,
  env,
}: Otobo): Promise<{ files: string[]; where: string } | { why: string }> {
  const s3 = readOtoboS3(env);
  if (s3 === null) {
    const where = join(home, HTDOCS);
    return { files: await readdir(where, { recursive: true }).catch(() => []), where };
  }
  const where = `${s3.prefix}${HTDOCS}/`;
  const listed = await (await s3.open()).list(where);
  return "why" in listed ? listed : { files: listed.objects.map(({ key }) => key), where: `S3's ${where}` };
}

const listNames = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

export const event: StepImplementation = {
  run: async ({ home }) => {
    try {
      await rename(join(home, SIDE_EVENT), join(home, FILES, EVENT));
      return null;
    } catch (error) {
      // S3 has no event: no package was ever installed
      return isMissing(error) ? null : `cannot put ${EVENT} in place: ${describeFileError(error)}`;
    }
  },
  verify: async ({ home }) => {
    const there = await listNames(join(home, FILES));
    return there.includes(".rollcall-event") ? "the package event is not in place yet" : null;
  },
};

export const gate: StepImplementation = {
  // there is nothing to do, only to verify
  run: async () => null,
  verify: async (otobo) =>
    (await checkInstalled(otobo)) ??
    (await checkSecureMode(otobo)) ??
    (await checkTables(otobo)) ??
    (await checkPackagesDeployed(otobo)) ??
    checkAclsActive(otobo),
};

/** SecureMode is set before an unattended installation is complete. */
async function checkInstalled({ ask, env }: Otobo): Promise<WhyNot> {
  const where = describeDatabase(env);
  const request = await ask(DATABASE, databaseAnswer);
  if ("why" in request) return `cannot query ${where}: ${request.why}`;
  const { state, why } = request.answer;
  switch (state) {
    case "interrupted":
      return describeInterrupted(where);
    case "unreachable":
      return `cannot connect to ${where}: ${why}`;
    case "empty":
      return `OTOBO is not installed in ${where} (${why})`;
    case "installed":
      return null;
  }
}

async function checkSecureMode({ ask, env }: Otobo): Promise<WhyNot> {
  const request = await ask(SETTINGS, settingsAnswer);
  if ("why" in request) return `cannot read the settings: ${request.why}`;
  const { secureMode, current, last, nodeId } = request.answer;
  if (!secureMode)
    return "SecureMode is not 1, so installer.pl would be open to everyone; no web server is started";
  if (current === "" || current !== last) {
    return `this pod has deployment ${current || "none"} of the settings, but the last in the database is ${last || "none"}`;
  }
  const wanted = env["OTOBO_NODE_ID"] ?? "";
  return nodeId === wanted ? null : `NodeID is ${nodeId}, but this pod's is ${wanted}`;
}

// The last steps of a pod: loader files, the package event, and the gate. It fails closed: a pod whose gate does not
// hold never starts a web server with an open installer (docs/research/otobo.md#sync).
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError, isMissing } from "../../../../init/engine/reason.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import { FILES, SIDE_EVENT } from "../preload.ts";
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
    const made = await generated(otobo);
    if ("why" in made) return made.why;
    const isMade = made.files.some((path) => /js-cache\/[^/]+\.js$/.test(path));
    const isStyled = made.files.some((path) => /css-cache\/[^/]+\.css$/.test(path));
    return isMade && isStyled ? null : `${made.where} holds no generated JavaScript or CSS`;
  },
};

/**
 * In S3 mode they are written there alone, and fetched by whoever is asked for one
 * (docs/research/otobo.md#files-of-one-pod).
 */
async function generated({
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

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

export const event: StepImplementation = {
  run: async ({ home }) => {
    try {
      await rename(join(home, SIDE_EVENT), join(home, FILES, "event_package.json"));
      return null;
    } catch (error) {
      // S3 has none: no package was ever installed
      return isMissing(error)
        ? null
        : `event_package.json could not be put in place: ${describeFileError(error)}`;
    }
  },
  verify: async ({ home }) => {
    const there = await names(join(home, FILES));
    return there.includes(".rollcall-event") ? "the package event is not in place yet" : null;
  },
};

export const gate: StepImplementation = {
  // nothing is to be done any more, and all of it to be proven
  run: async () => null,
  verify: async (otobo) =>
    (await whyNotSecure(otobo)) ??
    (await checkTables(otobo)) ??
    (await checkPackagesDeployed(otobo)) ??
    checkAclsActive(otobo),
};

async function whyNotSecure({ ask, env }: Otobo): Promise<WhyNot> {
  const request = await ask(SETTINGS, settingsAnswer);
  if ("why" in request) return `the settings could not be read: ${request.why}`;
  const { secureMode, current, last, nodeId } = request.answer;
  if (!secureMode)
    return "SecureMode is not 1: installer.pl would be open to everybody; no web server is started";
  if (current === "" || current !== last) {
    return `deployment ${current || "none"} of the settings is here, ${last || "none"} is the last in the database`;
  }
  const wanted = env["OTOBO_NODE_ID"] ?? "";
  return nodeId === wanted ? null : `NodeID is ${nodeId}, this pod's is ${wanted}`;
}

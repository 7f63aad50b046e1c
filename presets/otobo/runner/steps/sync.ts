// Fetches the settings of the last deployment: from S3 in S3 mode, and with Maint::Config::Sync if they are not the
// last in the database. Runs before any command that deploys, and again after the rebuild
// (docs/research/otobo.md#order). OTOBO's own sync treats an S3 outage as an empty bucket.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ListedObject, ObjectTree } from "../../../../init/world/tree.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import {
  EVENT,
  FILES,
  isRelevant,
  isSame,
  keepEvent,
  listForeignFiles,
  SIDE_EVENT,
  save,
} from "../preload.ts";
import { SETTINGS, settingsAnswer } from "../probes/settings.ts";
import { readOtoboS3 } from "../s3.ts";
import type { StepImplementation, StepOptions } from "../step.ts";

export const sync: StepImplementation = {
  run: async (otobo, options) => {
    const preloaded = await preload(otobo, options);
    if (preloaded !== null) return preloaded;
    if ((await checkLastDeployment(otobo)) === null) return null;
    const complaint = describeOtoboEnd("Maint::Config::Sync", await otobo.console("Maint::Config::Sync"));
    // in S3 mode it writes to S3 only
    return (await preload(otobo, options)) ?? complaint;
  },
  verify: async (otobo, options) =>
    (await checkPreloaded(otobo, options)) ??
    (await checkLastDeployment(otobo)) ??
    (await logForeignFiles(otobo)),
};

async function checkLastDeployment({ ask }: Otobo): Promise<WhyNot> {
  const request = await ask(SETTINGS, settingsAnswer);
  if ("why" in request) return `cannot read the settings: ${request.why}`;
  const { current, last } = request.answer;
  if (last === "") return "the database holds no deployment of the settings";
  return current === last
    ? null
    : `this pod has deployment ${current || "none"}, but the last in the database is ${last}`;
}

interface InS3 {
  tree: ObjectTree;
  /** of Kernel/Config/Files/, by their paths below it */
  files: Map<string, ListedObject>;
}

async function listS3Files({ env }: Otobo): Promise<InS3 | { why: string } | null> {
  const s3 = readOtoboS3(env);
  if (s3 === null) return null;
  const tree = await s3.open();
  const prefix = `${s3.prefix}${FILES}/`;
  const answer = await tree.list(prefix);
  if ("why" in answer) return answer;
  return { tree, files: new Map(answer.objects.map((each) => [each.key.slice(prefix.length), each])) };
}

/** Fetches OTOBO's files from S3; does nothing outside of S3 mode. */
export async function preload(otobo: Otobo, { userFiles }: StepOptions): Promise<WhyNot> {
  const found = await listS3Files(otobo);
  if (found === null) return null;
  if ("why" in found) return found.why;
  const { tree, files } = found;
  for (const [path, object] of files) {
    if (!isRelevant(path, userFiles) || (await isSame(join(otobo.home, FILES, path), object))) continue;
    const why = await save(tree, object, join(otobo.home, FILES, path));
    if (why !== null) return why;
  }
  // put in place last, because an event that arrives while packages are written must not be lost
  // (docs/research/otobo.md#package-event)
  const event = files.get(EVENT);
  return event === undefined ? null : keepEvent(tree, event, otobo.home);
}

async function checkPreloaded(otobo: Otobo, { userFiles }: StepOptions): Promise<WhyNot> {
  const found = await listS3Files(otobo);
  if (found === null) return null;
  if ("why" in found) return found.why;
  for (const [path, object] of found.files) {
    const place = join(otobo.home, FILES, path);
    if (isRelevant(path, userFiles) && !(await isSame(place, object))) return `${place} differs from S3`;
    const isReady =
      path !== EVENT || (await isSame(place, object)) || (await isThere(join(otobo.home, SIDE_EVENT)));
    if (!isReady) return `${basename(place)} differs from S3: packages have changed`;
  }
  return null;
}

const isThere = async (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );

/** Logs files of other origin, and leaves them unchanged. */
async function logForeignFiles({ home, say }: Otobo): Promise<null> {
  const foreign = await listForeignFiles(home);
  if (foreign.length > 0)
    say(`files in ${FILES} that are not OTOBO's and that it does not synchronise: ${foreign.join(", ")}`);
  return null;
}

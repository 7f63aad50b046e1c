// The settings of the last deployment, in this pod: from S3 where OTOBO keeps them there, and by Maint::Config::Sync
// where they are another than the database's last. Before any command that deploys, and again after the rebuild
// (docs/research/otobo.md#order). OTOBO's own sync takes an S3 that does not answer for an empty one.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ListedObject, ObjectTree } from "../../../../init/world/tree.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import { FILES, isRelevant, isSame, listForeignFiles, putAside, SIDE_EVENT, save } from "../preload.ts";
import { SETTINGS, settingsAnswer } from "../probes/settings.ts";
import { readOtoboS3 } from "../s3.ts";
import type { StepImplementation, StepOptions } from "../step.ts";

const EVENT = "event_package.json";

export const sync: StepImplementation = {
  run: async (otobo, options) => {
    const preloaded = await preload(otobo, options);
    if (preloaded !== null) return preloaded;
    if ((await whyNotLast(otobo)) === null) return null;
    const complaint = describeOtoboEnd("Maint::Config::Sync", await otobo.console("Maint::Config::Sync"));
    // in S3 mode it writes to S3 alone
    return (await preload(otobo, options)) ?? complaint;
  },
  verify: async (otobo, options) =>
    (await whyNotPreloaded(otobo, options)) ?? (await whyNotLast(otobo)) ?? (await tellForeign(otobo)),
};

async function whyNotLast({ ask }: Otobo): Promise<WhyNot> {
  const request = await ask(SETTINGS, settingsAnswer);
  if ("why" in request) return `the settings could not be read: ${request.why}`;
  const { current, last } = request.answer;
  if (last === "") return "the database holds no deployment of the settings";
  return current === last
    ? null
    : `deployment ${current || "none"} is here, ${last} is the last in the database`;
}

interface InS3 {
  tree: ObjectTree;
  /** of Kernel/Config/Files/, by their paths below it */
  files: Map<string, ListedObject>;
}

async function listed({ env }: Otobo): Promise<InS3 | { why: string } | null> {
  const s3 = readOtoboS3(env);
  if (s3 === null) return null;
  const tree = await s3.open();
  const prefix = `${s3.prefix}${FILES}/`;
  const answer = await tree.list(prefix);
  if ("why" in answer) return answer;
  return { tree, files: new Map(answer.objects.map((each) => [each.key.slice(prefix.length), each])) };
}

/** What OTOBO keeps in S3, fetched from there; nothing where it is not in S3 mode. */
export async function preload(otobo: Otobo, { userFiles }: StepOptions): Promise<WhyNot> {
  const found = await listed(otobo);
  if (found === null) return null;
  if ("why" in found) return found.why;
  const { tree, files } = found;
  for (const [path, object] of files) {
    if (!isRelevant(path, userFiles) || (await isSame(join(otobo.home, FILES, path), object))) continue;
    const why = await save(tree, object, join(otobo.home, FILES, path));
    if (why !== null) return why;
  }
  // put in place last: an event that comes while packages are written must not be lost
  // (docs/research/otobo.md#package-event)
  const event = files.get(EVENT);
  return event === undefined ? null : putAside(tree, event, otobo.home);
}

async function whyNotPreloaded(otobo: Otobo, { userFiles }: StepOptions): Promise<WhyNot> {
  const found = await listed(otobo);
  if (found === null) return null;
  if ("why" in found) return found.why;
  for (const [path, object] of found.files) {
    const place = join(otobo.home, FILES, path);
    if (isRelevant(path, userFiles) && !(await isSame(place, object))) return `${place} is not as in S3`;
    const isReady =
      path !== EVENT || (await isSame(place, object)) || (await isThere(join(otobo.home, SIDE_EVENT)));
    if (!isReady) return `${basename(place)} in S3 is another than here: packages have changed`;
  }
  return null;
}

const isThere = async (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );

/** Told and left alone: what they do is between them and whoever put them there. */
async function tellForeign({ home, say }: Otobo): Promise<null> {
  const foreign = await listForeignFiles(home);
  if (foreign.length > 0)
    say(`not of OTOBO's own in ${FILES}, and not kept in step by it: ${foreign.join(", ")}`);
  return null;
}

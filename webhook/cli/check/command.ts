// `rollcall checkCommand`: what the guard would decide about a change, and why, from files alone.

import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../mutation/settings.ts";
import { Profiles } from "../../profiles/profileSet.ts";
import { PROFILE_KIND } from "../../profiles/schema.ts";
import { toLiveSet } from "../applied.ts";
import { explainHowToBuild, isRecord, type ReadDocument, readDocuments } from "../documents.ts";
import { BadInput, CLI_EXIT, type CliExit } from "../ending.ts";
import { INIT_IMAGE } from "../initImage.ts";
import { parseFormat, parseWords } from "../options.ts";
import { loadProfilesFor } from "../workload.ts";
import { buildSetReviews, indexWorkloads, type RequestedChange } from "./changes.ts";
import { type CheckResult, checkReview } from "./checkReview.ts";
import { choosePaint, formatCheckReport } from "./formatCheckReport.ts";
import { HELP } from "./help.ts";
import { readRingFile } from "./readRingFile.ts";

const OPTIONS = {
  from: { type: "string" },
  to: { type: "string" },
  replicas: { type: "string" },
  delete: { type: "boolean" },
  name: { type: "string", multiple: true },
  strict: { type: "boolean", default: false },
  ring: { type: "string" },
  profiles: { type: "string" },
  namespace: { type: "string", short: "n" },
  output: { type: "string", short: "o" },
  help: { type: "boolean", short: "h" },
} as const;

type CheckWords = ReturnType<typeof parseWords<typeof OPTIONS>>;

export async function checkCommand(argv: readonly string[]): Promise<CliExit> {
  const words = parseWords(argv, OPTIONS);
  if (words.help) {
    process.stdout.write(HELP);
    return CLI_EXIT.ok;
  }
  const format = parseFormat(words.output, ["text", "json"]);
  const judged = await judgeAll(words);
  process.stdout.write(
    format === "json"
      ? `${JSON.stringify(toJsonDocument(judged), null, 2)}\n`
      : formatCheckReport(
          judged,
          choosePaint(process.stdout.isTTY === true, process.env["NO_COLOR"]),
          words.strict,
        ),
  );
  const isAssumed = judged.some(({ decision }) => decision.assumed.length > 0);
  if (judged.every(({ decision }) => decision.allowed))
    return words.strict && isAssumed ? CLI_EXIT.unknown : CLI_EXIT.ok;
  return judged.every(({ decision, unknown }) => decision.allowed || unknown)
    ? CLI_EXIT.unknown
    : CLI_EXIT.no;
}

/** One set: its decision. Several: the verdict of all at the same place, and each decision with its name. */
function toJsonDocument(judged: readonly CheckResult[]): unknown {
  const [only] = judged;
  if (judged.length === 1 && only !== undefined) return only.decision;
  return {
    allowed: judged.every(({ decision }) => decision.allowed),
    decisions: judged.map(({ review: { namespace, name }, decision }) => ({ namespace, name, ...decision })),
  };
}

async function judgeAll(words: CheckWords): Promise<CheckResult[]> {
  if (words.from === undefined) throw new BadInput("--from OLD.yaml is missing; see --help");
  if ([words.from, words.to, words.ring, words.profiles].filter((file) => file === "-").length > 1)
    throw new BadInput("standard input (-) can be read only once");
  const namespace = words.namespace ?? "default";
  const goal = parseGoal(words);
  const from = await readDocuments(words.from);
  const request: RequestedChange = "file" in goal ? { to: await readDocuments(goal.file) } : goal;
  const to = "to" in request ? request.to : [];
  const all = buildSetReviews(indexWorkloads(from, namespace), request, namespace);
  if (all.reviews.length === 0)
    throw new BadInput(
      `${formatFileNames(words)}: no StatefulSet (apps/v1) is there to be judged${explainHowToBuild([...from, ...to], "check --from")}`,
    );
  const { after } = all;
  const reviews = selectReviews(all.reviews, words);
  // the ring is read also where nobody asks for it: a wrong file should not lie in wait
  const ring = words.ring === undefined ? null : await readRingFile(words.ring);
  const profiles = await profilesFor(words, reviews, withoutReplaced(from, to));
  const settings = { initImage: { name: INIT_IMAGE }, controllerUsers: DEFAULT_CONTROLLER_USERS };

  const judged: CheckResult[] = [];
  for (const review of reviews) {
    const index = all.reviews.indexOf(review);
    // those that are there stay beside it; of two new ones the first in order is there before the other
    const beside = all.reviews.filter(({ set, old }, at) => set !== null && (old !== null || at < index));
    const others = beside.flatMap((each) => after.get(`${each.namespace}/${each.name}`) ?? []).filter(isOurs);
    const service = findService(review, "to" in request ? to : from, namespace);
    const given = { force: { profiles, settings }, ring, service, others: others.map(toLiveSet) };
    judged.push(await checkReview(review, { ...given, now: () => new Date() }));
  }
  return judged;
}

/** A number of replicas is meant for one StatefulSet: which, nobody should have to guess. */
function selectReviews(
  reviews: readonly SetReview[],
  { name: names = [], replicas }: CheckWords,
): SetReview[] {
  const meant = reviews.filter(
    ({ namespace, name }) =>
      names.length === 0 || names.some((each) => each === name || each === `${namespace}/${name}`),
  );
  const there = reviews.map(({ namespace, name }) => `${namespace}/${name}`).join(", ");
  const strange = names.find(
    (each) => !reviews.some(({ namespace, name }) => [name, `${namespace}/${name}`].includes(each)),
  );
  if (strange !== undefined)
    throw new BadInput(`--name ${JSON.stringify(strange)}: there is no such StatefulSet; there are ${there}`);
  if (replicas !== undefined && meant.length > 1 && names.length === 0)
    throw new BadInput(`--replicas: there are several StatefulSets (${there}); say which with --name NAME`);
  return meant;
}

const formatFileNames = ({ from, to }: CheckWords): string =>
  [from, to].filter((file) => file !== undefined).join(", ");

type CheckGoal = { file: string } | { replicas: number } | { delete: true };

function parseGoal({ to, replicas, delete: deletes }: CheckWords): CheckGoal {
  const said = [to, replicas, deletes].filter((each) => each !== undefined);
  if (said.length !== 1)
    throw new BadInput(
      "say what is to become of it, one of --to NEW.yaml, --replicas N, --delete; see --help",
    );
  if (to !== undefined) return { file: to };
  return replicas === undefined ? { delete: true } : { replicas: countIn(replicas) };
}

function countIn(text: string): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= 2 ** 31 - 1) return count;
  throw new BadInput(`--replicas takes a number from 0 to 2147483647, not ${JSON.stringify(text)}`);
}

/** All documents, but the profiles of `from` that `to` has, too: those are applied before the StatefulSets. */
function withoutReplaced(from: readonly ReadDocument[], to: readonly ReadDocument[]): ReadDocument[] {
  const isThere = ({ kind, name }: ReadDocument): boolean =>
    kind === PROFILE_KIND && to.some((other) => other.kind === kind && other.name === name);
  return [...from.filter((document) => !isThere(document)), ...to];
}

/** Where no set is ours no profiles are needed. */
async function profilesFor(
  { profiles }: CheckWords,
  reviews: readonly SetReview[],
  documents: readonly ReadDocument[],
): Promise<Profiles> {
  const ours = reviews.some(({ set, old }) =>
    [set, old].some((each) => each !== null && isOurs({ set: each })),
  );
  return ours || profiles !== undefined ? loadProfilesFor(profiles, documents) : new Profiles(new Map());
}

const isOurs = ({ set }: { set: NonNullable<SetReview["set"]> }): boolean =>
  set.spec.template.metadata?.labels?.[PROFILE_LABEL] !== undefined;

/** The Service of a set among the documents; null: it is not there. */
function findService(
  { set, namespace }: SetReview,
  documents: readonly ReadDocument[],
  fallback: string,
): { publishesNotReady: boolean } | null {
  const found = documents.find(({ kind, name, object }) => {
    const metadata = isRecord(object["metadata"]) ? object["metadata"] : {};
    return (
      kind === "Service" &&
      name === set?.spec.serviceName &&
      (metadata["namespace"] ?? fallback) === namespace
    );
  });
  if (found === undefined) return null;
  const spec = isRecord(found.object["spec"]) ? found.object["spec"] : {};
  return { publishesNotReady: spec["publishNotReadyAddresses"] === true };
}

// `rollcall check`: predicts the webhook's answer to a change, without a cluster.

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
import { choosePaint } from "../terminal.ts";
import { loadProfilesFor } from "../workload.ts";
import { buildSetReviews, indexWorkloads, type RequestedChange } from "./changes.ts";
import { type CheckResult, checkReview } from "./checkReview.ts";
import { formatCheckReport } from "./formatCheckReport.ts";
import { HELP } from "./help.ts";
import { listJobs } from "./listJobs.ts";
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
  const results = await checkAll(words);
  process.stdout.write(
    format === "json"
      ? `${JSON.stringify(toJsonDocument(results), null, 2)}\n`
      : formatCheckReport(
          results,
          choosePaint(process.stdout.isTTY === true, process.env["NO_COLOR"]),
          words.strict,
        ),
  );
  const isAssumed = results.some(({ decision }) => decision.assumed.length > 0);
  if (results.every(({ decision }) => decision.allowed))
    return words.strict && isAssumed ? CLI_EXIT.unknown : CLI_EXIT.ok;
  return results.every(({ decision, unknown }) => decision.allowed || unknown)
    ? CLI_EXIT.unknown
    : CLI_EXIT.no;
}

/** Several StatefulSets: the overall verdict in the same field, and a list of decisions with names. */
function toJsonDocument(results: readonly CheckResult[]): unknown {
  const [only] = results;
  if (results.length === 1 && only !== undefined) return only.decision;
  return {
    allowed: results.every(({ decision }) => decision.allowed),
    decisions: results.map(({ review: { namespace, name }, decision }) => ({ namespace, name, ...decision })),
  };
}

async function checkAll(words: CheckWords): Promise<CheckResult[]> {
  if (words.from === undefined) throw new BadInput("missing option: --from OLD.yaml; see --help");
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
      `${formatFileNames(words)}: no StatefulSet (apps/v1)${explainHowToBuild([...from, ...to], "check --from")}`,
    );
  const { after } = all;
  const reviews = selectReviews(all.reviews, words);
  // read even if no rule needs it, so that a faulty file is always reported
  const ring = words.ring === undefined ? null : await readRingFile(words.ring);
  const profiles = await loadNeededProfiles(words, reviews, withoutReplaced(from, to));
  const settings = { initImage: { name: INIT_IMAGE }, controllerUsers: DEFAULT_CONTROLLER_USERS };

  const results: CheckResult[] = [];
  for (const review of reviews) {
    const index = all.reviews.indexOf(review);
    // StatefulSets that exist after the change; of two new ones the first in order is created first
    const existing = all.reviews.filter(({ set, old }, at) => set !== null && (old !== null || at < index));
    const others = existing
      .flatMap((each) => after.get(`${each.namespace}/${each.name}`) ?? [])
      .filter(isLabelled);
    const service = findService(review, "to" in request ? to : from, namespace);
    const jobs = listJobs(review.namespace, "to" in request ? to : [], namespace);
    const input = { force: { profiles, settings }, ring, service, others: others.map(toLiveSet), jobs };
    results.push(await checkReview(review, { ...input, now: () => new Date() }));
  }
  return results;
}

/** Applies --name, which --replicas requires if there are several StatefulSets. */
function selectReviews(
  reviews: readonly SetReview[],
  { name: names = [], replicas }: CheckWords,
): SetReview[] {
  const selected = reviews.filter(
    ({ namespace, name }) =>
      names.length === 0 || names.some((each) => each === name || each === `${namespace}/${name}`),
  );
  const existing = reviews.map(({ namespace, name }) => `${namespace}/${name}`).join(", ");
  const unknown = names.find(
    (each) => !reviews.some(({ namespace, name }) => [name, `${namespace}/${name}`].includes(each)),
  );
  if (unknown !== undefined)
    throw new BadInput(`--name ${JSON.stringify(unknown)}: no such StatefulSet; the files have ${existing}`);
  if (replicas !== undefined && selected.length > 1 && names.length === 0)
    throw new BadInput(
      `--replicas: the files have several StatefulSets (${existing}); select one by --name NAME`,
    );
  return selected;
}

const formatFileNames = ({ from, to }: CheckWords): string =>
  [from, to].filter((file) => file !== undefined).join(", ");

type CheckGoal = { file: string } | { replicas: number } | { delete: true };

function parseGoal({ to, replicas, delete: deletes }: CheckWords): CheckGoal {
  const goals = [to, replicas, deletes].filter((each) => each !== undefined);
  if (goals.length !== 1)
    throw new BadInput("set exactly one of --to NEW.yaml, --replicas N, --delete; see --help");
  if (to !== undefined) return { file: to };
  return replicas === undefined ? { delete: true } : { replicas: parseReplicas(replicas) };
}

function parseReplicas(text: string): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= 2 ** 31 - 1) return count;
  throw new BadInput(`--replicas takes a number from 0 to 2147483647, not ${JSON.stringify(text)}`);
}

/** All documents, except profiles of `from` that `to` replaces: profiles are applied before StatefulSets. */
function withoutReplaced(from: readonly ReadDocument[], to: readonly ReadDocument[]): ReadDocument[] {
  const isReplaced = ({ kind, name }: ReadDocument): boolean =>
    kind === PROFILE_KIND && to.some((other) => other.kind === kind && other.name === name);
  return [...from.filter((document) => !isReplaced(document)), ...to];
}

/** Profiles are required only if a StatefulSet is labelled. */
async function loadNeededProfiles(
  { profiles }: CheckWords,
  reviews: readonly SetReview[],
  documents: readonly ReadDocument[],
): Promise<Profiles> {
  const areNeeded = reviews.some(({ set, old }) =>
    [set, old].some((each) => each !== null && isLabelled({ set: each })),
  );
  return areNeeded || profiles !== undefined ? loadProfilesFor(profiles, documents) : new Profiles(new Map());
}

const isLabelled = ({ set }: { set: NonNullable<SetReview["set"]> }): boolean =>
  set.spec.template.metadata?.labels?.[PROFILE_LABEL] !== undefined;

/** The Service of a StatefulSet in the documents, or null. */
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

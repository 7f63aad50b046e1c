// The evidence of a case: the notation of each kind, and its conversion to what rules read.
//
//   evidence: unknown            no kind was read in time
//   evidence: {KIND: unknown}    this kind was not; or KIND: {refused: 503}, the status of the API server
//   evidence: {KIND: …}          this kind as written below; one without a notation as rules read it
//
// Why a kind is unknown is said by the webhook's own code, so that docs/denials.md shows what it prints.
//
// A kind that is not named is good: no rule objects to it (assumedEvidence), all pods of `before` run, and all of them
// are healthy members of their ring, which the lowest ordinal leads.
import { STATUS_CODES } from "node:http";
import * as z from "zod";
import { RECORD_ANNOTATION, RECORD_SCHEMA, type WorkloadRecord } from "../../../../init/contract/record.ts";
import { agree, type MemberAnswer, type Ring } from "../../../../init/contract/ring/agree.ts";
import { ApiRefusal } from "../../../../webhook/cluster/call.ts";
import { assumeEvidence } from "../../../../webhook/scaleDown/assumeEvidence.ts";
import { explainLate } from "../../../../webhook/scaleDown/evidence/createGatherer.ts";
import { recordIn } from "../../../../webhook/scaleDown/evidence/leases.ts";
import { NO_COMPLETE_ANSWER } from "../../../../webhook/scaleDown/evidence/memberStatus.ts";
import { toUnknownReason } from "../../../../webhook/scaleDown/evidence/unknownReason.ts";
import {
  buildEvidence,
  EVIDENCE_KINDS,
  type Evidence,
  type EvidenceKind,
  type EvidenceValue,
  type KnownOrUnknown,
  type LivePod,
  type UnknownReason,
} from "../../../../webhook/scaleDown/evidence.ts";
import { countOrdinals, listFromHighest } from "../../../../webhook/scaleDown/ordinals.ts";
import { getTargetSet, type ScaleDownReview } from "../../../../webhook/scaleDown/rule.ts";

const AT = "2026-01-01T00:00:00Z";

/** No case needs more, and building them takes time. */
const MOST_PODS = 1_000;

/** What is written, converted for the StatefulSet of this name. */
type EvidenceBuilder<A> = (set: string) => A;

type CaseEvidenceField<A> = UnknownReason | EvidenceBuilder<A | UnknownReason>;

export type WrittenEvidence = {
  readonly [K in EvidenceKind]?: CaseEvidenceField<EvidenceValue<K>> | undefined;
};

/** Pods as ordinals; `3:old` gives the uid of one, which is u3 otherwise. */
const ordinals = z.array(z.union([z.number(), z.string()]));

const recordFields = z.strictObject({
  ordinals: z.union([z.number(), z.strictObject({ start: z.number(), replicas: z.number() })]).optional(),
  drained: ordinals.optional(),
  left: ordinals.optional(),
  leaving: ordinals.optional(),
  members: ordinals.optional(),
  /** why no member can join the ring of these members: its name and detail, asked by the lowest member */
  obstacle: z.strictObject({ name: z.string(), detail: z.string(), pod: z.string().optional() }).optional(),
});

/** `{stored: TEXT}`: the annotation of a record that cannot be used; null: the Lease has none. */
const unusableRecord = z
  .strictObject({ stored: z.string().nullable() })
  .transform(({ stored }) => readUnusableRecord(stored));

/** `{answers: {0..2: leaderless, 3: silent}}`: of a ring without a leader, by the ordinals of its pods. */
const disagreement = z
  .strictObject({ answers: z.record(z.string(), z.enum(["leaderless", "silent"])) })
  .transform(
    ({ answers }) =>
      (set: string) =>
        disagree(answers, set),
  );

const NOTATIONS: { readonly [K in EvidenceKind]?: z.ZodType<EvidenceBuilder<EvidenceValue<K>>> } = {
  /** null (no Lease), or {ordinals: 5, drained: [4, "3:old"], left: [4], leaving: [4], members: [0, 1], obstacle: {name, detail}} */
  record: recordFields
    .nullable()
    .transform((fields) => (set: string) => (fields === null ? null : buildRecord(fields, set))),
  /** null, or the holder */
  lock: z
    .string()
    .nullable()
    .transform((holder) => () => holder),
  /** a list: "0..4" (running, with the preStop hook, uid uN), then exceptions: "4 bare", "4 down", "4 uid=new" */
  pods: z.array(z.string()).transform((lines) => (set: string) => buildPods(lines, set)),
  /** "0* 1 2 3!": ordinals of members, * leads, ! does not follow; a word is a member's id as it is; "": none */
  ring: z.string().transform((words) => (set: string) => buildRing(words, set)),
  /** null, or the permission that the pods lack */
  rights: z
    .string()
    .nullable()
    .transform((lacking) => () => ({ lacking })),
  service: z
    .enum(["publishes", "hides", "none"])
    .transform((is) => () => (is === "none" ? null : { publishesNotReady: is === "publishes" })),
  namespace: z.enum(["live", "terminating"]).transform((is) => () => ({ terminating: is === "terminating" })),
};

/** `{refused: 503}`: the API server's answer. */
export const refusal = z
  .strictObject({ refused: z.number() })
  .transform(
    ({ refused }) =>
      new ApiRefusal({ status: refused, body: { message: STATUS_CODES[refused] ?? "" }, retryAfterMs: null }),
  );

/** The notations of a kind that is unknown. */
const defineUnknown = (kind: EvidenceKind) =>
  z.union([
    z.literal("unknown").transform(() => explainLate(kind)),
    refusal.transform(toUnknownReason),
    ...(kind === "record" ? [unusableRecord] : []),
    ...(kind === "ring" ? [disagreement] : []),
  ]);

const asSeen = z.unknown().transform((answer) => () => answer);

const byKind = z.strictObject(
  Object.fromEntries(
    EVIDENCE_KINDS.map((kind) => [
      kind,
      z.union([defineUnknown(kind), NOTATIONS[kind] ?? asSeen]).optional(),
    ]),
  ),
) as unknown as z.ZodType<WrittenEvidence>;

const nothing = z
  .literal("unknown")
  .transform(
    (): WrittenEvidence => Object.fromEntries(EVIDENCE_KINDS.map((kind) => [kind, explainLate(kind)])),
  );

/** The field `evidence` of a case. */
export const writtenEvidence: z.ZodType<WrittenEvidence> = z.union([nothing, byKind]);

/** Builds the evidence of a case. */
export function buildCaseEvidence(written: WrittenEvidence, review: ScaleDownReview): Evidence {
  const good = buildGoodEvidence(review);
  const { name } = getTargetSet(review);
  return buildEvidence((kind) => readKind(written[kind], name) ?? good[kind]);
}

function readKind<A>(written: CaseEvidenceField<A> | undefined, set: string): KnownOrUnknown<A> | undefined {
  if (typeof written !== "function") return written;
  const built = written(set);
  return isUnknown(built) ? built : { known: built };
}

const isUnknown = <A>(built: A | UnknownReason): built is UnknownReason =>
  typeof built === "object" && built !== null && "unknown" in built;

function readUnusableRecord(stored: string | null): UnknownReason {
  const annotations = stored === null ? {} : { [RECORD_ANNOTATION]: stored };
  try {
    recordIn({ metadata: { resourceVersion: "1", annotations } });
  } catch (error) {
    return toUnknownReason(error);
  }
  throw new Error(`stored: ${stored} is a record that can be used`);
}

function disagree(answers: Readonly<Record<string, "leaderless" | "silent">>, set: string): UnknownReason {
  const all = Object.entries(answers).flatMap(([range, says]) =>
    listRange(range).map((ordinal) => buildAnswer(`${set}-${ordinal}`, says)),
  );
  const agreed = agree(all);
  if ("known" in agreed) throw new Error("answers: the ring has a leader");
  return { ...agreed, unanswered: all.flatMap(({ id, says }) => ("nothing" in says ? [id] : [])) };
}

const buildAnswer = (id: string, says: "leaderless" | "silent"): MemberAnswer => ({
  id,
  says:
    says === "silent"
      ? { nothing: NO_COMPLETE_ANSWER }
      : { id, role: "FOLLOWER", leaderId: null, term: 7, group: "group-000000000001", followers: null },
});

/** "0..2" or "3" as ordinals. */
function listRange(range: string): number[] {
  const [from = Number.NaN, to = from] = range.split("..").map(Number);
  if (!Number.isInteger(from) || !Number.isInteger(to)) throw new Error(`no ordinals: ${range}`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function buildGoodEvidence(review: ScaleDownReview): Evidence {
  const { name } = getTargetSet(review);
  const { before } = review.change;
  const spans = before === null ? [] : [before.ordinals];
  if (countOrdinals(spans) > MOST_PODS)
    throw new Error(`before has ${countOrdinals(spans)} pods; a case may have ${MOST_PODS}`);
  const [lowest, ...others] = listFromHighest(spans, MOST_PODS).reverse();
  const words = lowest === undefined ? [] : [`${lowest}*`, ...others];
  const ring =
    review.ring === null
      ? { unknown: "these pods do not form a ring" }
      : { known: buildRing(words.join(" "), name) };
  const pods = buildPods(lowest === undefined ? [] : [lowest, ...others].map(String), name);
  return assumeEvidence(review, { ring, service: null }, pods);
}

function buildPods(lines: readonly string[], set: string): LivePod[] {
  const found = new Map<number, LivePod>();
  for (const line of lines) {
    const [range = "", ...words] = line.split(" ");
    for (const ordinal of listRange(range)) found.set(ordinal, buildPod(ordinal, set, words));
  }
  return [...found.values()];
}

function buildPod(ordinal: number, set: string, words: readonly string[]): LivePod {
  const odd = words.find((word) => !/^(bare|down|uid=.+)$/.test(word));
  if (odd !== undefined) throw new Error(`pods: ${odd} is none of bare, down, uid=UID`);
  return {
    name: `${set}-${ordinal}`,
    ordinal,
    uid: words.find((word) => word.startsWith("uid="))?.slice(4) ?? `u${ordinal}`,
    running: !words.includes("down"),
    ip: `10.0.0.${ordinal + 1}`,
    serviceAccount: "members",
    leaves: !words.includes("bare"),
  };
}

function buildRing(text: string, set: string): Ring {
  const words = text.split(" ").filter((word) => word !== "");
  const idIn = (word: string) => word.replace(/[*!]+$/, "").replace(/^(\d+)$/, `${set}-$1`);
  const leader = words.find((word) => word.includes("*"));
  return {
    leader: leader === undefined ? "" : idIn(leader),
    term: 7,
    members: words.map((word) => ({ id: idIn(word), healthy: !word.includes("!") })),
  };
}

function buildRecord(fields: z.infer<typeof recordFields>, set: string): WorkloadRecord {
  const byPod = <T>(pods: readonly (number | string)[] | undefined, make: (podUid: string) => T) =>
    Object.fromEntries(
      (pods ?? []).map((pod) => {
        const [ordinal = "", uid = `u${ordinal}`] = String(pod).split(":");
        return [/^\d+$/.test(ordinal) ? `${set}-${ordinal}` : ordinal, make(uid)];
      }),
    );
  const { ordinals, members } = fields;
  return {
    schema: RECORD_SCHEMA,
    kind: "generic",
    profile: "shop",
    base: 1,
    seq: 1,
    fence: 1,
    ...(ordinals === undefined
      ? {}
      : { ordinals: typeof ordinals === "number" ? { start: 0, replicas: ordinals } : ordinals }),
    drained: byPod(fields.drained, (podUid) => ({ podUid, at: AT })),
    intents: byPod(fields.leaving, (podUid) => ({ podUid, at: AT })),
    tombstones: byPod(fields.left, (podUid) => ({ podUid, at: AT, finished: true })),
    ...(members === undefined
      ? {}
      : { ring: buildRecordedRing(Object.keys(byPod(members, () => null)), fields.obstacle) }),
  };
}

function buildRecordedRing(
  members: readonly string[],
  obstacle: z.infer<typeof recordFields>["obstacle"],
): NonNullable<WorkloadRecord["ring"]> {
  const ring = { clusterID: null, seed: null, members };
  return obstacle === undefined
    ? ring
    : { ...ring, joinObstacle: { ...obstacle, pod: obstacle.pod ?? members[0] ?? "", at: AT } };
}

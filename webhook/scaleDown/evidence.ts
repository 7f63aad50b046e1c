// What rules need to know beyond the review, as plain data. Everything may be unknown, and unknown is never taken for
// good (I6 in docs/architecture.md). How it is gathered: evidence/.
import type { WorkloadRecord } from "../../init/contract/record.ts";
import type { Ring } from "../../init/contract/ring/agree.ts";

/** Why something is unknown. */
export interface UnknownReason {
  readonly unknown: string;
  /** sentences that say what to do; none: it may be known at a retry */
  readonly remedy?: string;
  /** of a ring: the pods that gave no usable answer */
  readonly unanswered?: readonly string[];
}

/** A value, or why it is unknown. */
export type KnownOrUnknown<T> = { readonly known: T } | UnknownReason;

/** A pod of the StatefulSet, as it is now. */
export interface LivePod {
  readonly name: string;
  readonly ordinal: number;
  readonly uid: string;
  /** its containers run, and it is not being deleted */
  readonly running: boolean;
  /** status.podIP; null while it has none */
  readonly ip: string | null;
  readonly serviceAccount: string;
  /** its container has the preStop that starts with the runner's `leave`, and a plan of policy Managed */
  readonly leaves: boolean;
}

/** A kind of evidence, with the type of its answer. */
interface EvidenceType<Answer> {
  /** what `rollcall check` assumes without a cluster: no rule objects, unless files say otherwise */
  readonly assumed: KnownOrUnknown<Answer>;
}

const kind = <Answer>(assumed: KnownOrUnknown<Answer>): EvidenceType<Answer> => ({ assumed });

const NO_CLUSTER = { unknown: "there is no cluster" } as const;

/**
 * Every kind of evidence, with the type of its answer. This is the only list: types and loops derive from it, so the
 * compiler names each place that must handle a new kind: how it is gathered (evidence/createGatherer.ts), and how a test
 * makes it good, bad and unknown. How to add one: docs/recipes.md#a-kind-of-evidence.
 */
const KINDS = {
  /** null: there is no Lease of that name */
  record: kind<WorkloadRecord | null>({ known: null }),
  /** holderIdentity of a lock that has not expired; null: no change is in progress */
  lock: kind<string | null>({ known: null }),
  pods: kind<readonly LivePod[]>(NO_CLUSTER),
  ring: kind<Ring>(NO_CLUSTER),
  /** the first permission that the pods' service account lacks; null: none */
  rights: kind<{ readonly lacking: string | null }>({ known: { lacking: null } }),
  /** the Service of spec.serviceName; null: there is none */
  service: kind<{ readonly publishesNotReady: boolean } | null>({ known: { publishesNotReady: true } }),
  namespace: kind<{ readonly terminating: boolean }>({ known: { terminating: false } }),
};

export type EvidenceKind = keyof typeof KINDS;

/** What is known of one kind. */
export type EvidenceValue<K extends EvidenceKind> =
  (typeof KINDS)[K] extends EvidenceType<infer A> ? A : never;

export type Evidence = { readonly [K in EvidenceKind]: KnownOrUnknown<EvidenceValue<K>> };

/** In the order of the list. */
export const EVIDENCE_KINDS = Object.keys(KINDS) as readonly EvidenceKind[];

/** The reason of a kind that was not requested. */
export const NOT_ASKED = { unknown: "it was not requested" } as const;

/** Builds evidence kind by kind. */
export function buildEvidence(
  answer: <K extends EvidenceKind>(kind: K) => KnownOrUnknown<EvidenceValue<K>>,
): Evidence {
  return Object.fromEntries(EVIDENCE_KINDS.map((each) => [each, answer(each)])) as Evidence;
}

/** What is assumed of a kind if there is no cluster. */
export const getAssumedEvidence = <K extends EvidenceKind>(kind: K): KnownOrUnknown<EvidenceValue<K>> =>
  KINDS[kind].assumed as KnownOrUnknown<EvidenceValue<K>>;

/** What can be known without a cluster. */
export interface OfflineFacts {
  readonly ring: KnownOrUnknown<Ring>;
  /** the Service of spec.serviceName; null: the files do not have it */
  readonly service: { readonly publishesNotReady: boolean } | null;
}

/** Evidence in which every kind is unknown for the same reason. */
export const buildUnknownEvidence = (why: string): Evidence => buildEvidence(() => ({ unknown: why }));

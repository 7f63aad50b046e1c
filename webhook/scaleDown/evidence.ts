// What rules ask beyond the review, as plain data. Everything may be unknown, and unknown is never taken for good
// (I6 in docs/architecture.md); how it is asked is webhook/evidence's.
import type { Record } from "../../init/contract/record.ts";
import type { Ring } from "../../init/contract/ring/agree.ts";

/** What was asked, or one sentence that says why it could not be found out. */
export type Known<T> = { readonly known: T } | { readonly unknown: string };

/** A pod of the StatefulSet, as it lives now. */
export interface LivePod {
  readonly name: string;
  readonly ordinal: number;
  readonly uid: string;
  /** its containers run, and nobody has asked for its deletion */
  readonly running: boolean;
  /** status.podIP; null while it has none */
  readonly ip: string | null;
  readonly serviceAccount: string;
  /** the application's container has the preStop that begins with the runner's `leave`, and a plan of this policy */
  readonly leaves: boolean;
}

/** A kind of evidence, told apart by the type of its answer. */
interface Kind<Answer> {
  /** what it is for `rollcall check`, where there is no cluster: nothing against any change, unless files say otherwise */
  readonly assumed: Known<Answer>;
}

const kind = <Answer>(assumed: Known<Answer>): Kind<Answer> => ({ assumed });

const NO_CLUSTER = { unknown: "there is no cluster" } as const;

/**
 * Every kind of evidence, with the type of its answer. This is the only list: the types below and the loops over all
 * kinds come from it, so after a new line the compiler names each place that still has to say something about it (how
 * it is gathered, and how a case of the guard writes it).
 */
const KINDS = {
  /** null: there is no Lease of that name */
  record: kind<Record | null>({ known: null }),
  /** holderIdentity of a lock that has not expired; null: nobody changes anything now */
  lock: kind<string | null>({ known: null }),
  pods: kind<readonly LivePod[]>(NO_CLUSTER),
  ring: kind<Ring>(NO_CLUSTER),
  /** whether the pods' service account may read its StatefulSet; a name that may not is told */
  rights: kind<{ readonly lacking: string | null }>({ known: { lacking: null } }),
  /** the Service of spec.serviceName; null: there is none */
  service: kind<{ readonly publishesNotReady: boolean } | null>({ known: { publishesNotReady: true } }),
  namespace: kind<{ readonly terminating: boolean }>({ known: { terminating: false } }),
};

export type EvidenceKind = keyof typeof KINDS;

/** What is known of one kind. */
export type Answer<K extends EvidenceKind> = (typeof KINDS)[K] extends Kind<infer A> ? A : never;

export type Evidence = { readonly [K in EvidenceKind]: Known<Answer<K>> };

/** In the order of the list. */
export const EVIDENCE_KINDS = Object.keys(KINDS) as readonly EvidenceKind[];

/** Why a kind is unknown that was not asked for. */
export const NOT_ASKED = { unknown: "it was not asked" } as const;

/** Builds evidence kind by kind. */
export function buildEvidence(answer: <K extends EvidenceKind>(kind: K) => Known<Answer<K>>): Evidence {
  return Object.fromEntries(EVIDENCE_KINDS.map((each) => [each, answer(each)])) as Evidence;
}

/** What a kind is taken for where there is no cluster. */
export const assumedAnswer = <K extends EvidenceKind>(kind: K): Known<Answer<K>> =>
  KINDS[kind].assumed as Known<Answer<K>>;

/** What can be known without a cluster. */
export interface Offline {
  readonly ring: Known<Ring>;
  /** the Service of spec.serviceName, where the files have it; null: they do not */
  readonly service: { readonly publishesNotReady: boolean } | null;
}

/** Evidence of which every kind is unknown for one reason. */
export const unknownEvidence = (why: string): Evidence => buildEvidence(() => ({ unknown: why }));

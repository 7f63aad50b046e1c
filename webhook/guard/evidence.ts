// What rules ask beyond the review, as plain data. Everything may be unknown, and unknown is never taken for good
// (DESIGN: I6); how it is asked is webhook/evidence's.
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

export interface Evidence {
  /** null: there is no Lease of that name */
  readonly record: Known<Record | null>;
  /** holderIdentity of a lock that has not expired; null: nobody changes anything now */
  readonly lock: Known<string | null>;
  readonly pods: Known<readonly LivePod[]>;
  readonly ring: Known<Ring>;
  /** whether the pods' service account may read its StatefulSet; a name that may not is told */
  readonly rights: Known<{ readonly lacking: string | null }>;
  /** the Service of spec.serviceName; null: there is none */
  readonly service: Known<{ readonly publishesNotReady: boolean } | null>;
  readonly namespace: Known<{ readonly terminating: boolean }>;
}

export type EvidenceKind = keyof Evidence;

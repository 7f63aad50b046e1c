// What a member knows when it decides whether and how to join: plain data.
import type { RingView } from "./view.ts";

/** What the record knows, as far as the decision rests on it. */
export interface RecordedState {
  /** undefined: no ring was ever recorded; clusterID null: a member has begun to seed it and has not proven it */
  readonly ring?: {
    readonly clusterID: string | null;
    readonly seed: string | null;
    readonly members: readonly string[];
  };
  /** of this member; finished false: it was evicted while its ordinal stays, so it waits */
  readonly tombstone: { readonly finished: boolean } | null;
  /** there are traces of any member that has left or is leaving */
  readonly hasTraces: boolean;
}

/** What the core finds out for every ring. */
export interface Observation {
  readonly me: string;
  /** all members that a plan knows, the lowest ordinal first */
  readonly superset: readonly string[];
  readonly live: RingView;
  readonly record: RecordedState;
  /** members that the record has tombstones of: no join waits for them */
  readonly gone: readonly string[];
  /** the id of the cluster that the ring belongs to, by whatever has the authority to say it; null: it does not answer */
  readonly clusterID: string | null;
  /** a marker of this very member says that it has joined */
  readonly isMarked: boolean;
  /** there was no leader for so long that it is no mere election */
  readonly isSettled: boolean;
  /** why this ordinal is not wanted any more; null: it is */
  readonly notWanted: string | null;
}

/** What a member's own disk comes to. */
export type DiskFinding =
  | { readonly is: "empty" }
  /** it was prepared for a cluster, and knows of no ring */
  | { readonly is: "initialised" }
  /** peers: the members of the last configuration that it has applied */
  | { readonly is: "whole"; readonly peers: readonly string[] }
  /** Raft has begun and no configuration was applied */
  | { readonly is: "unconfirmed" }
  | { readonly is: "damaged"; readonly why: string };

/** What the kind reads from the member's own disk. */
export interface MemberState {
  readonly standing: DiskFinding;
  /** the nodes of a join of ours that has begun on this state and was never proven; null: there is none */
  readonly joining: readonly string[] | null;
  /** what of disk, cluster and record does not belong together; null: nothing */
  readonly mismatch: string | null;
}

/** Words of the kind, for messages. */
export interface RingWords {
  /** the kind's own command, which has `rejoin` */
  readonly command: string;
  /** what says the cluster's id: "an SCM", "no SCM" */
  readonly authority: { readonly one: string; readonly none: string };
}

export type JoinObservation = Observation & MemberState & { readonly words: RingWords };

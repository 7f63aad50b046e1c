// The data on which a member decides whether and how to join.
import type { RecordedRing } from "../../contract/record.ts";
import type { RingView } from "./view.ts";

/** The parts of the record that the decision uses. */
export interface RecordedState {
  /** undefined: no ring was ever recorded; clusterID null: a seed has begun and is not proven */
  readonly ring?: RecordedRing;
  /** this member's; finished false: it was evicted and its ordinal stays, so it waits */
  readonly tombstone: { readonly finished: boolean } | null;
  /** whether any member has left or is leaving */
  readonly hasTraces: boolean;
}

/** What the core observes for every ring. */
export interface Observation {
  readonly me: string;
  /** all members that the plan lists, the lowest ordinal first */
  readonly possibleMembers: readonly string[];
  readonly live: RingView;
  readonly record: RecordedState;
  /** members with a tombstone, for which no join waits */
  readonly tombstoned: readonly string[];
  /** the ID of the cluster that the ring belongs to, from the cluster's own authority; null: no answer */
  readonly clusterID: string | null;
  /** a marker of this member says that it has joined */
  readonly isMarked: boolean;
  /** there has been no leader for longer than an election takes */
  readonly isGracePeriodOver: boolean;
  /** possible members below spec.ordinals.start: they have no pods, and no join or seed waits for them */
  readonly belowStart: readonly string[];
  /** why this ordinal is no longer wanted; null: it is wanted */
  readonly whyUnwanted: string | null;
}

/** The state of a member's own disk. */
export type DiskFinding =
  | { readonly is: "empty" }
  /** prepared for a cluster, without a ring */
  | { readonly is: "initialised" }
  /** peers: the members of the last applied configuration */
  | { readonly is: "whole"; readonly peers: readonly string[] }
  /** Raft has begun and no configuration was applied */
  | { readonly is: "unconfirmed" }
  | { readonly is: "damaged"; readonly why: string };

/** The kind's interpretation of the member's own disk. */
export interface MemberState {
  readonly standing: DiskFinding;
  /** the nodes of a join that was begun on this state and never proven; null: none */
  readonly joining: readonly string[] | null;
  /** in what disk, cluster and record do not match; null: they match */
  readonly mismatch: string | null;
}

/** The kind's terms, for messages. */
export interface RingWords {
  /** the kind's own command, with the subcommand `rejoin` */
  readonly command: string;
  /** the authority for the cluster ID, e.g. "an SCM", "no SCM" */
  readonly authority: { readonly one: string; readonly none: string };
}

export type JoinObservation = Observation & MemberState & { readonly words: RingWords };

// What a member knows when it decides: plain data, gathered by look.ts.
import type { Ring } from "../../../../init/contract/ring/agree.ts";
import type { Disk } from "../read/disk.ts";

/** No leader can be found, or none that a majority agrees on. */
export interface Leaderless {
  readonly is: "leaderless";
  /** members that serve a Ratis bean of this group */
  readonly answering: readonly string[];
  /** members of which nothing could be found out: they may well run */
  readonly unclear: readonly string[];
  /** members that say of themselves that they lead, which no majority confirms */
  readonly leaders: readonly string[];
  readonly why: string;
}

/** The ring as it answers; led: by a leader that a majority of its own ring names in the same term. */
export type Live = { readonly is: "led"; readonly ring: Ring } | Leaderless;

/** What the record knows, as far as the decision rests on it. */
export interface Known {
  /** undefined: no ring was ever recorded; clusterID null: somebody has begun to seed it and has not proven it */
  readonly ring?: {
    readonly clusterID: string | null;
    readonly seed: string | null;
    readonly members: readonly string[];
  };
  /** of this member; finished false: it was taken out while its ordinal stays, so it waits */
  readonly tombstone: { readonly finished: boolean } | null;
  /** there are traces of any member that has left or is leaving */
  readonly hasTraces: boolean;
}

export interface Seen {
  readonly me: string;
  /** all members that a plan knows, the lowest ordinal first */
  readonly superset: readonly string[];
  readonly live: Live;
  readonly disk: Disk;
  readonly record: Known;
  /** members that the record has tombstones of: nobody waits for them */
  readonly gone: readonly string[];
  /** the cluster's id as its SCM says it; null: none answers */
  readonly clusterID: string | null;
  /** a marker of this very member says that it has joined */
  readonly isMarked: boolean;
  /** nobody has led for so long that it is no mere election */
  readonly isSettled: boolean;
  /** why this ordinal is not wanted any more; null: it is */
  readonly notWanted: string | null;
}

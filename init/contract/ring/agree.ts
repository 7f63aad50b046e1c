// Who is in the ring, as a majority of its members agrees (facts/ozone.md 3.2 A): the leader of the highest term, and
// more than half of the ring that the leader names say the same leader and term. A leader that was cut off cannot
// know that it is none any more; alone it proves nothing.

/** A Raft ring at one moment. */
export interface Ring {
  readonly leader: string;
  readonly term: number;
  /** healthy: it answers, and names the same leader and term */
  readonly members: readonly { readonly id: string; readonly healthy: boolean }[];
}

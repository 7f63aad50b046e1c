// What a member of a ring is to do when its pod starts: a row of the decision table each (decideJoin.ts).

export type JoinDecision =
  /** plain, by the application's own container; `by` is whose word it is */
  | { readonly do: "start"; readonly by: "ring" | "disk" }
  | Join
  | { readonly do: "wait"; readonly for: string }
  | { readonly do: "state-lost"; readonly why: string }
  /** this volume, this cluster and this pod do not belong together: nothing is touched */
  | { readonly do: "fatal"; readonly why: string };

/** What changes the ring, and so needs the membership lock. */
export type Join =
  /** a ring of one, of this member */
  | { readonly do: "seed" }
  /** ask the leader to be taken in; the daemon is given exactly these nodes */
  | { readonly do: "bootstrap"; readonly nodes: readonly string[]; readonly clear: OldState }
  /** a join of ours was cut off after the leader had begun to take this member in: run it to its proof */
  | { readonly do: "finish"; readonly nodes: readonly string[] };

/**
 * What happens to the old state before a bootstrap: nothing is there; it is that of a join that was never proven, so
 * that it holds no vote and no data of any ring; or it is kept.
 */
export type OldState = "nothing" | "discard" | "archive";

export const isJoin = (decision: JoinDecision): decision is Join =>
  decision.do === "seed" || decision.do === "bootstrap" || decision.do === "finish";

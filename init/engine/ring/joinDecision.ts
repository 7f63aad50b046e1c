// The decisions for a member whose pod starts (decideJoin.ts).

export type JoinDecision =
  /** the application's container starts the member; `by` is the evidence */
  | { readonly do: "start"; readonly by: "ring" | "disk" }
  | Join
  | { readonly do: "wait"; readonly for: string }
  | { readonly do: "state-lost"; readonly why: string }
  /** volume, cluster and pod do not match; nothing is changed */
  | { readonly do: "fatal"; readonly why: string };

/** A change of the ring, which needs the membership lock. */
export type Join =
  /** start a new ring with only this member */
  | { readonly do: "seed" }
  /** join through the leader; the daemon is started with exactly these nodes */
  | { readonly do: "bootstrap"; readonly nodes: readonly string[]; readonly clear: OldState }
  /** complete a join that was interrupted after the leader had begun to add this member */
  | { readonly do: "finish"; readonly nodes: readonly string[] };

/**
 * What to do with old state before a bootstrap. nothing: there is none; discard: it is from a join that was never
 * proven, so it holds no vote and no data of any ring; archive: keep it.
 */
export type OldState = "nothing" | "discard" | "archive";

export const isJoin = (decision: JoinDecision): decision is Join =>
  decision.do === "seed" || decision.do === "bootstrap" || decision.do === "finish";

// The proof of membership (docs/research/ozone.md#proof-of-membership): three pieces of evidence at once. The leader's
// bean may show an uncommitted configuration, and the member's own disk alone proves nothing.
import type { RingView } from "../../../init/engine/ring/view.ts";
import type { DiskContents } from "./read/disk.ts";

export interface ProofInput {
  readonly live: RingView;
  /** the ids in the leader's RatisRoles; null: unknown */
  readonly roles: readonly string[] | null;
  readonly raft: DiskContents["raft"];
}

export type Proof = { readonly evidence: string } | { readonly missing: string };

/** The evidence that `me` is a member, or the first missing piece. */
export function findProof(me: string, { live, roles, raft }: ProofInput): Proof {
  if (live.is === "leaderless") return { missing: `a leader: ${live.why}` };
  const { leader, term, members } = live.ring;
  const mine = members.find(({ id }) => id === me);
  if (mine === undefined) return { missing: `${me} in the ring of ${leader} (term ${term})` };
  if (!mine.healthy)
    return { missing: `${me} itself to follow ${leader}: ${mine.why ?? "it does not answer"}` };
  if (roles === null || !roles.includes(me)) return { missing: `${me} in the RatisRoles of ${leader}` };
  const ids = members.map(({ id }) => id).sort();
  if (raft.is !== "whole") return { missing: "its own raft-meta.conf" };
  const { peers, oldPeers, index } = raft.conf;
  if (oldPeers.length > 0) return { missing: "its own raft-meta.conf without old peers" };
  if (String(peers.toSorted()) !== String(ids)) {
    return { missing: `its own raft-meta.conf to list ${ids.join(", ")}, not ${peers.join(", ")}` };
  }
  return {
    evidence: `leader ${leader} lists it in term ${term} and in its RatisRoles, and its raft-meta.conf at index ${index} lists ${ids.join(", ")} and no old peers`,
  };
}

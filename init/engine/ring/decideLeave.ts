// What a member does next on its way out of the ring, as one pure function (docs/research/ozone.md#quorum): leadership
// first, then the removal of a follower that still runs, and each only while those who remain can go on without it.
import type { Ring } from "../../contract/ring/agree.ts";
import { computeMajority, isMajority } from "../../contract/ring/majority.ts";
import { findLowestHealthy, type RingView } from "./view.ts";

export interface LeaveObservation {
  /** which member is to leave */
  readonly id: string;
  /** all members that a plan knows, the lowest ordinal first */
  readonly superset: readonly string[];
  readonly live: RingView;
  /** the members of the configuration that the leader has applied; null: it did not say */
  readonly roles: readonly string[] | null;
  /** members that are going, too, and go before this one */
  readonly before: readonly string[];
}

export type LeaveDecision =
  /** the ring does not have it: a leader says so that a majority agrees on, and has applied it */
  | { readonly do: "gone"; readonly ring: Ring }
  /** hand leadership to this member; nodes: the ring */
  | { readonly do: "transfer"; readonly to: string; readonly nodes: readonly string[] }
  /** have oneself taken out, while running; nodes: the ring that remains */
  | { readonly do: "remove"; readonly nodes: readonly string[] }
  | { readonly do: "wait"; readonly for: string };

export function decideLeave({ id: me, superset, live, roles, before }: LeaveObservation): LeaveDecision {
  if (live.is === "leaderless") return wait(`a leader: ${live.why}`);
  const { ring } = live;
  const ids = ring.members.map(({ id }) => id);
  if (!ids.includes(me)) {
    if (roles?.includes(me) === false) return { do: "gone", ring };
    return wait(`${ring.leader} to have applied that ${me} is out of the ring`);
  }
  const strange = ids.filter((id) => id !== me && !superset.includes(id));
  if (strange.length > 0)
    return wait(`an address of ${strange.join(", ")}, which this StatefulSet does not know`);
  const remaining = ring.members.filter(({ id }) => id !== me);
  if (remaining.length === 0) return wait("another member: the last one of a ring cannot leave it");
  const first = before.filter((id) => ids.includes(id));
  if (first.length > 0) return wait(`${first.join(", ")} to leave first`);
  const healthy = remaining.filter((member) => member.healthy).map(({ id }) => id);
  if (!isMajority(healthy.length, remaining.length)) {
    const ill = remaining
      .filter(({ id }) => !healthy.includes(id))
      .map(({ id, why }) => `${id}: ${why ?? "unknown"}`);
    return wait(
      `a majority of those who remain (${computeMajority(remaining.length)} of ${remaining.length}) to be healthy: ${ill.join("; ")}`,
    );
  }
  if (ring.leader !== me) return { do: "remove", nodes: remaining.map(({ id }) => id) };
  const to = findLowestHealthy(ring, superset, me);
  return to === null ? wait("a healthy member that can lead") : { do: "transfer", to, nodes: ids };
}

const wait = (what: string): LeaveDecision => ({ do: "wait", for: what });

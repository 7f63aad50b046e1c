// The next action of a member that leaves the ring, as a pure function (docs/research/ozone.md#quorum): first a
// transfer of leadership, then the removal of the running follower; each only while the remaining members have a
// healthy majority.
import type { Ring } from "../../contract/ring/agree.ts";
import { computeMajority, isMajority } from "../../contract/ring/majority.ts";
import { findLowestHealthy, type RingView } from "./view.ts";

export interface LeaveObservation {
  /** the member that leaves */
  readonly id: string;
  /** all members that the plan lists, the lowest ordinal first */
  readonly possibleMembers: readonly string[];
  readonly live: RingView;
  /** the members of the configuration that the leader has applied; null: unknown */
  readonly appliedMembers: readonly string[] | null;
  /** members that are removed before this one */
  readonly removalsAhead: readonly string[];
}

export type LeaveDecision =
  /** a leader that a majority confirms does not list the member, and has applied that configuration */
  | { readonly do: "gone"; readonly ring: Ring }
  /** transfer leadership to this member; nodes: the ring */
  | { readonly do: "transfer"; readonly to: string; readonly nodes: readonly string[] }
  /** remove the running member; nodes: the remaining ring */
  | { readonly do: "remove"; readonly nodes: readonly string[] }
  | { readonly do: "wait"; readonly for: string };

export function decideLeave({
  id: me,
  possibleMembers,
  live,
  appliedMembers,
  removalsAhead,
}: LeaveObservation): LeaveDecision {
  if (live.is === "leaderless") return wait(`a leader: ${live.why}`);
  const { ring } = live;
  const ids = ring.members.map(({ id }) => id);
  if (!ids.includes(me)) {
    if (appliedMembers?.includes(me) === false) return { do: "gone", ring };
    return wait(`${ring.leader} to apply the removal of ${me}`);
  }
  const strange = ids.filter((id) => id !== me && !possibleMembers.includes(id));
  if (strange.length > 0)
    return wait(`an address for ${strange.join(", ")}, which this StatefulSet does not list`);
  const remaining = ring.members.filter(({ id }) => id !== me);
  if (remaining.length === 0) return wait("another member: the last member of a ring cannot leave it");
  const first = removalsAhead.filter((id) => ids.includes(id));
  if (first.length > 0) return wait(`${first.join(", ")} to leave first`);
  const healthy = remaining.filter((member) => member.healthy).map(({ id }) => id);
  if (!isMajority(healthy.length, remaining.length)) {
    const ill = remaining
      .filter(({ id }) => !healthy.includes(id))
      .map(({ id, why }) => `${id}: ${why ?? "unknown"}`);
    return wait(
      `a majority of the remaining members (${computeMajority(remaining.length)} of ${remaining.length}) to be healthy: ${ill.join("; ")}`,
    );
  }
  if (ring.leader !== me) return { do: "remove", nodes: remaining.map(({ id }) => id) };
  const to = findLowestHealthy(ring, possibleMembers, me);
  return to === null ? wait("a healthy member that can lead") : { do: "transfer", to, nodes: ids };
}

const wait = (what: string): LeaveDecision => ({ do: "wait", for: what });

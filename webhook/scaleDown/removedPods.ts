// What a change removes: ordinals, members of the ring, pods.
import type { Ring } from "../../init/contract/ring/agree.ts";
import type { KnownOrUnknown, LivePod } from "./evidence.ts";
import { findRemovedSpans, includesOrdinal, listFromHighest, parseOrdinal } from "./ordinals.ts";
import { getTargetSet, removesSomePods, type ScaleDownReview } from "./rule.ts";

/** Some ordinals of a ring would be removed. */
export const isRingScaleDown = (review: ScaleDownReview): boolean =>
  review.ring !== null && removesSomePods(review);

export const isManagedRingScaleDown = (review: ScaleDownReview): boolean =>
  review.ring?.scaleDown === "managed" && isRingScaleDown(review);

/** Members whose ordinals would be removed, highest first, which is the order in which they leave. */
export function listRemovedMembers(review: ScaleDownReview, { members }: Ring): string[] {
  const { name } = getTargetSet(review);
  const numbered = members.flatMap(({ id }) => {
    const ordinal = parseOrdinal(id, name);
    return ordinal !== null && includesOrdinal(review.removed, ordinal) ? [{ id, ordinal }] : [];
  });
  return numbered.toSorted((a, b) => b.ordinal - a.ordinal).map(({ id }) => id);
}

/** Members that a scale-up adds again. None after a pause at zero replicas, which removes no member. */
export function listReaddedMembers({ change, ring, profile }: ScaleDownReview): string[] {
  if (ring === null || change.operation !== "UPDATE" || change.before.ordinals.replicas === 0) return [];
  const added = findRemovedSpans(change.after.ordinals, change.before.ordinals);
  return listFromHighest(added, profile.nodeId.size).map((ordinal) => `${change.after.name}-${ordinal}`);
}

/** Pods that would be removed. Of a ring only members: a pod that provably is none may be removed freely. */
export function listRemovedPods(
  review: ScaleDownReview,
  pods: readonly LivePod[],
  ring: KnownOrUnknown<Ring>,
): LivePod[] {
  const going = pods.filter(({ ordinal }) => includesOrdinal(review.removed, ordinal));
  if (review.ring === null || "unknown" in ring) return going;
  const members = new Set(listRemovedMembers(review, ring.known));
  return going.filter(({ name }) => members.has(name));
}

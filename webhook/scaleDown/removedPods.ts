// What a change removes: ordinals, members of the ring, pods.
import type { Ring } from "../../init/contract/ring/agree.ts";
import type { Known, LivePod } from "./evidence.ts";
import { fromHighest, isIn, ordinalIn, removedOf } from "./ordinals.ts";
import { type Case, isDrop, subjectOf } from "./rule.ts";

/** Some ordinals of a ring would be removed. */
export const isRingDrop = (asked: Case): boolean => asked.ring !== null && isDrop(asked);

export const isManagedRingDrop = (asked: Case): boolean =>
  asked.ring?.scaleDown === "managed" && isRingDrop(asked);

/** Members whose ordinals would be removed, highest first, which is the order in which they leave. */
export function goingMembers(asked: Case, { members }: Ring): string[] {
  const { name } = subjectOf(asked);
  const numbered = members.flatMap(({ id }) => {
    const ordinal = ordinalIn(id, name);
    return ordinal !== null && isIn(asked.removed, ordinal) ? [{ id, ordinal }] : [];
  });
  return numbered.toSorted((a, b) => b.ordinal - a.ordinal).map(({ id }) => id);
}

/** Members that a scale-up adds again. None after a pause at zero replicas, which removes no member. */
export function backIn({ change, ring, profile }: Case): string[] {
  if (ring === null || change.operation !== "UPDATE" || change.before.ordinals.replicas === 0) return [];
  const added = removedOf(change.after.ordinals, change.before.ordinals);
  return fromHighest(added, profile.nodeId.size).map((ordinal) => `${change.after.name}-${ordinal}`);
}

/** Pods that would be removed. Of a ring only members: a pod that provably is none may be removed freely. */
export function goingPods(asked: Case, pods: readonly LivePod[], ring: Known<Ring>): LivePod[] {
  const going = pods.filter(({ ordinal }) => isIn(asked.removed, ordinal));
  if (asked.ring === null || "unknown" in ring) return going;
  const members = new Set(goingMembers(asked, ring.known));
  return going.filter(({ name }) => members.has(name));
}

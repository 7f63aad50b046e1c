// Whether members that leave would cost a ring its majority (docs/research/ozone.md#quorum).
import { isMajority } from "../../init/contract/ring/majority.ts";

interface RingMember {
  readonly id: string;
  readonly healthy: boolean;
}

/**
 * Finds the first step at which a ring loses its majority when members leave one at a time. Each removal needs a
 * majority of the ring before it and of the ring after it (joint consensus); the member that leaves counts in the first
 * only.
 * @param leaving ids, in the order in which they leave
 */
export function findMajorityLoss(
  members: readonly RingMember[],
  leaving: readonly string[],
): { leaving: string; healthy: number; members: number } | null {
  let ring = members;
  for (const id of leaving) {
    for (const now of [ring, ring.filter((member) => member.id !== id)]) {
      const healthy = now.filter((member) => member.healthy).length;
      if (!isMajority(healthy, now.length)) return { leaving: id, healthy, members: now.length };
    }
    ring = ring.filter((member) => member.id !== id);
  }
  return null;
}

// Where members that leave would cost a ring its majority (docs/research/ozone.md#quorum).
import { isMajority } from "../../init/contract/ring/majority.ts";

interface Member {
  readonly id: string;
  readonly healthy: boolean;
}

/**
 * The first step at which members that leave one by one would leave a ring without a majority: each removal is agreed
 * by the ring before and the ring after (joint consensus), and the one that leaves counts in the first only.
 * @param leaving ids in the order in which they leave
 */
export function whereMajorityIsLost(
  members: readonly Member[],
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

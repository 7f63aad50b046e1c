// The commands by which an administrator removes members from a ring. `evict` transfers leadership if needed, does not
// wait for other joins and leaves, verifies the result and records it.
import type { Ring } from "../../init/contract/ring/agree.ts";
import { formatRunnerCommand } from "./commands.ts";
import { parseOrdinal } from "./ordinals.ts";
import { getTargetSet, type ScaleDownReview } from "./rule.ts";

/** What stands above these commands. */
export const EVICT = "Removes the member from the ring (one at a time; it does not rejoin by itself):";

/** The same for a member that could still come back. */
export const EVICT_LOST =
  "Only if the member is lost for good: removes it from the ring (one at a time; it does not rejoin by itself):";

/**
 * To be run in a healthy member that stays.
 * @param leaving ids, in the order in which they leave
 * @returns none if no member that stays is healthy
 */
export function formatEvictCommands(
  review: ScaleDownReview,
  ring: Ring,
  leaving: readonly string[],
): string[] {
  const [first] = ring.members
    .filter(({ id, healthy }) => healthy && !leaving.includes(id))
    .map(({ id }) => id)
    .toSorted(byOrdinal(review));
  const { command } = review.ring ?? {};
  return first === undefined || command === undefined
    ? []
    : leaving.map((id) => formatRunnerCommand(review, first, command, "evict", id));
}

/** By number: om-10 comes after om-9. */
function byOrdinal(review: ScaleDownReview): (a: string, b: string) => number {
  const { name } = getTargetSet(review);
  return (a, b) => (parseOrdinal(a, name) ?? 0) - (parseOrdinal(b, name) ?? 0);
}

// The commands by which an administrator removes members from a ring. `evict` transfers leadership if needed, does not
// wait for other joins and leaves, verifies the result and records it.
import type { Ring } from "../../init/contract/ring/agree.ts";
import { inPod } from "./commands.ts";
import { ordinalIn } from "./ordinals.ts";
import { type Case, subjectOf } from "./rule.ts";

/** What stands above these commands. */
export const EVICT = "Removes the member from the ring (one at a time; it does not rejoin by itself):";

/**
 * To be run in a healthy member that stays.
 * @param leaving ids, in the order in which they leave
 * @returns none if no member that stays is healthy
 */
export function wayOut(asked: Case, ring: Ring, leaving: readonly string[]): string[] {
  const [first] = ring.members
    .filter(({ id, healthy }) => healthy && !leaving.includes(id))
    .map(({ id }) => id)
    .toSorted(byOrdinal(asked));
  const { command } = asked.ring ?? {};
  return first === undefined || command === undefined
    ? []
    : leaving.map((id) => inPod(asked, first, command, "evict", id));
}

/** By number: om-10 comes after om-9. */
function byOrdinal(asked: Case): (a: string, b: string) => number {
  const { name } = subjectOf(asked);
  return (a, b) => (ordinalIn(a, name) ?? 0) - (ordinalIn(b, name) ?? 0);
}

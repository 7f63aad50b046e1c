// The admin's own way to take members out of a ring: one command for each, which hands leadership over where it must,
// waits for nobody's join or leave, proves what it did and records it.
import type { Ring } from "../../init/contract/ring/agree.ts";
import { inPod } from "./commands.ts";
import { ordinalIn } from "./ordinals.ts";
import { type Case, subjectOf } from "./rule.ts";

/**
 * From a pod that stays; none where nobody who stays is healthy.
 * @param leaving in the order in which they leave
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

/** As numbers: om-10 comes after om-9. */
function byOrdinal(asked: Case): (a: string, b: string) => number {
  const { name } = subjectOf(asked);
  return (a, b) => (ordinalIn(a, name) ?? 0) - (ordinalIn(b, name) ?? 0);
}

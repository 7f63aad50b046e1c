// Who of a ring can be counted on.
import type { Ring } from "../../../init/contract/ring/agree.ts";

/**
 * The lowest healthy member beside one of them; null: there is none.
 * @param superset all members that a plan knows, the lowest ordinal first: one that it does not know is never chosen
 */
export function lowestHealthy(
  { members }: Pick<Ring, "members">,
  superset: readonly string[],
  beside: string,
): string | null {
  const isHealthy = (id: string): boolean => members.some((member) => member.id === id && member.healthy);
  return superset.find((id) => id !== beside && isHealthy(id)) ?? null;
}

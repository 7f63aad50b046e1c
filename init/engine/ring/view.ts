// A ring as its members report it.
import type { Ring } from "../../contract/ring/agree.ts";

/** No leader answers, or none that a majority confirms. */
export interface LeaderlessRing {
  readonly is: "leaderless";
  /** members that answer as members of this ring */
  readonly reachable: readonly string[];
  /** members whose state is unknown, so they may run */
  readonly unverified: readonly string[];
  /** members that report that they lead, without a majority's confirmation */
  readonly leaders: readonly string[];
  readonly why: string;
}

/** led: a majority of the leader's own ring confirms it in the same term. */
export type RingView = { readonly is: "led"; readonly ring: Ring } | LeaderlessRing;

/** The members' ids, sorted. */
export const listIds = ({ members }: Pick<Ring, "members">): string[] => members.map(({ id }) => id).sort();

/**
 * The lowest healthy member other than `excluded`; null if there is none.
 * @param possibleMembers all members that the plan lists, the lowest ordinal first; a member that it does not list is
 * never chosen
 */
export function findLowestHealthy(
  { members }: Pick<Ring, "members">,
  possibleMembers: readonly string[],
  excluded: string,
): string | null {
  const isHealthy = (id: string): boolean => members.some((member) => member.id === id && member.healthy);
  return possibleMembers.find((id) => id !== excluded && isHealthy(id)) ?? null;
}

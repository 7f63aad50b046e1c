// A ring as its members describe it.
import type { Ring } from "../../contract/ring/agree.ts";

/** No leader can be found, or none that a majority agrees on. */
export interface LeaderlessRing {
  readonly is: "leaderless";
  /** members that answer as members of this ring */
  readonly answering: readonly string[];
  /** members of which nothing could be found out: they may well run */
  readonly unclear: readonly string[];
  /** members that say of themselves that they lead, which no majority confirms */
  readonly leaders: readonly string[];
  readonly why: string;
}

/** The ring as it answers; led: by a leader that a majority of its own ring names in the same term. */
export type RingView = { readonly is: "led"; readonly ring: Ring } | LeaderlessRing;

/** The members' ids, sorted. */
export const listIds = ({ members }: Pick<Ring, "members">): string[] => members.map(({ id }) => id).sort();

/**
 * The lowest healthy member other than `excluded`; null: there is none.
 * @param superset all members that a plan knows, the lowest ordinal first: one that it does not know is never chosen
 */
export function findLowestHealthy(
  { members }: Pick<Ring, "members">,
  superset: readonly string[],
  excluded: string,
): string | null {
  const isHealthy = (id: string): boolean => members.some((member) => member.id === id && member.healthy);
  return superset.find((id) => id !== excluded && isHealthy(id)) ?? null;
}

// What a majority of a ring is, after Ratis: more than half of the ring as it is, whatever runs
// (docs/research/ozone.md#quorum).

/** How many a majority is. */
export const computeMajority = (members: number): number => Math.floor(members / 2) + 1;

export const isMajority = (healthy: number, members: number): boolean => healthy >= computeMajority(members);

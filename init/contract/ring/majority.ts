// A majority, as Ratis counts it: more than half of all members, whether or not they run
// (docs/research/ozone.md#quorum).

/** The number of members that form a majority. */
export const computeMajority = (members: number): number => Math.floor(members / 2) + 1;

export const isMajority = (healthy: number, members: number): boolean => healthy >= computeMajority(members);

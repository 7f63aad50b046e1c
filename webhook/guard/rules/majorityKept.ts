import { goingMembers, isManagedRingDrop } from "../going.ts";
import { whereMajorityIsLost } from "../majority.ts";
import { rule } from "../rule.ts";
import { message, setOf } from "../words.ts";

/** The one that counts: 7 → 3 at once is a ring lost for ever (facts/ozone.md 2). */
export const majorityKept = rule({
  name: "majority-kept",
  code: "RC021",
  says: "At some step of the drop fewer than a majority of the ring would be healthy.",
  needs: ["ring"],
  concerns: isManagedRingDrop,
  decide: (asked, { ring }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    const going = goingMembers(asked, ring.known);
    const lost = whereMajorityIsLost(ring.known.members, going);
    if (lost === null) return null;
    const { leaving, healthy, members } = lost;
    return message(
      `${setOf(asked)}: when ${leaving} leaves, ${healthy} of ${members} members would be healthy, which is no majority ` +
        `(${Math.floor(members / 2) + 1}). Keep more members, or bring those back that are ill`,
    );
  },
});

import { majorityOf } from "../../../init/contract/ring/majority.ts";
import { kubectl } from "../commands.ts";
import { whereMajorityIsLost } from "../majority.ts";
import { message, setOf } from "../messages.ts";
import { goingMembers, isManagedRingDrop } from "../removedPods.ts";
import { rule } from "../rule.ts";

/** The one that counts: 7 → 3 at once is a ring lost for ever (docs/research/ozone.md#quorum). */
export const quorumAtRisk = rule({
  name: "quorum-at-risk",
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
    if (members === 0) {
      return message(
        `${setOf(asked)}: ${leaving} would leave as the last member, and there would be no ring any more. Keep at least one ordinal whose ` +
          `pod is in the ring`,
      );
    }
    const ill = ring.known.members.filter((member) => !member.healthy).map(({ id }) => id);
    return message(
      `${setOf(asked)}: ${going.join(", ")} would go, one after the other, and when ${leaving} leaves only ${healthy} of ${members} members ` +
        `would be healthy: a majority is ${majorityOf(members)}, and without one the ring is lost. Bring back ${ill.join(", ")} first, then ` +
        `ask again; this shows how they are`,
      ...ill.map((id) => kubectl(asked, "describe", "pod", id)),
    );
  },
});

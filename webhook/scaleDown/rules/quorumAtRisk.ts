import { majorityOf } from "../../../init/contract/ring/majority.ts";
import { listNames } from "../../kubernetes/shorten.ts";
import { kubectl } from "../commands.ts";
import { whereMajorityIsLost } from "../majority.ts";
import { inspectWith, message, openDenial } from "../messages.ts";
import { goingMembers, isManagedRingDrop } from "../removedPods.ts";
import { rule } from "../rule.ts";

/**
 * A ring of seven of which four pods end without leaving has lost its leader for good (docs/research/ozone.md#quorum).
 */
export const quorumAtRisk = rule({
  name: "quorum-at-risk",
  code: "RC021",
  says: "At some step of the scale-down the ring would have no healthy majority.",
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
        `${openDenial(asked, `${leaving} is the last member of the ring`)} Keep at least one ordinal whose pod is a member.`,
      );
    }
    const ill = ring.known.members.filter((member) => !member.healthy).map(({ id }) => id);
    return message(
      `${openDenial(asked, `when ${leaving} leaves, only ${healthy} of ${members} members would be healthy, and a majority is ${majorityOf(members)}`)} ` +
        `Without a majority the ring is lost. Bring back ${listNames(ill)} first, then retry.`,
      inspectWith(...ill.map((id) => kubectl(asked, "describe", "pod", id))),
    );
  },
});

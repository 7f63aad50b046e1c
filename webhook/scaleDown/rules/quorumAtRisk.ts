import { computeMajority } from "../../../init/contract/ring/majority.ts";
import { listNames } from "../../kubernetes/shorten.ts";
import { formatKubectl, formatRunnerCommand } from "../commands.ts";
import { buildPauseCommands } from "../deletionCommands.ts";
import { findMajorityLoss } from "../findMajorityLoss.ts";
import { EVICT_LOST, formatEvictCommands } from "../formatEvictCommands.ts";
import { buildMessage, groupCommands, inspectWith, openDenial } from "../messages.ts";
import { isManagedRingScaleDown, listRemovedMembers } from "../removedPods.ts";
import { defineRule } from "../rule.ts";

/**
 * A ring of seven of which four pods end without leaving has lost its leader for good (docs/research/ozone.md#quorum).
 */
export const quorumAtRisk = defineRule({
  name: "quorum-at-risk",
  code: "RC021",
  says: "At some step of the scale-down the ring would have no healthy majority.",
  needs: ["ring"],
  appliesTo: isManagedRingScaleDown,
  evaluate: (review, { ring }) => {
    if ("unknown" in ring) return ring;
    const going = listRemovedMembers(review, ring.known);
    const lost = findMajorityLoss(ring.known.members, going);
    if (lost === null) return null;
    const { leaving, healthy, members } = lost;
    if (members === 0) {
      return buildMessage(
        `${openDenial(review, `${leaving} is the last member of the ring`)} Keep at least one ordinal whose pod is a member. To end or pause the ring, stop all pods instead: ` +
          "the member stays one, and its volume is kept.",
        inspectWith(formatRunnerCommand(review, leaving, review.ring?.command ?? "", "ring")),
        ...buildPauseCommands(review),
      );
    }
    const ill = ring.known.members.filter((member) => !member.healthy).map(({ id }) => id);
    return buildMessage(
      `${openDenial(review, `when ${leaving} leaves, only ${healthy} of ${members} members would be healthy, and a majority is ${computeMajority(members)}`)} ` +
        `Without a majority the ring is lost. Bring back ${listNames(ill)} first, then retry.`,
      inspectWith(...ill.map((id) => formatKubectl(review, "describe", "pod", id))),
      groupCommands(EVICT_LOST, ...formatEvictCommands(review, ring.known, ill)),
    );
  },
});

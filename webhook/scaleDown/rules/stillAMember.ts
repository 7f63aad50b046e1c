import { listNames } from "../../kubernetes/shorten.ts";
import { EVICT, formatEvictCommands } from "../formatEvictCommands.ts";
import { buildMessage, formatPlural, groupCommands, openDenial } from "../messages.ts";
import { isRingScaleDown, listRemovedMembers } from "../removedPods.ts";
import { defineRule } from "../rule.ts";

export const stillAMember = defineRule({
  name: "still-a-member",
  code: "RC018",
  says: "The profile's scaleDown.policy is Drained, and pods that would be removed are still members of the ring.",
  needs: ["ring"],
  appliesTo: (review) => review.ring?.scaleDown === "strict" && isRingScaleDown(review),
  evaluate: (review, { ring }) => {
    if ("unknown" in ring) return ring;
    const going = listRemovedMembers(review, ring.known);
    if (going.length === 0) return null;
    const { leader, term, members } = ring.known;
    const why =
      `the profile's scaleDown.policy is Drained, and ${listNames(going)} ${formatPlural(going.length, "is still a member", "are still members")} of ` +
      `the ring (leader ${leader}, term ${term}, ${members.length} members)`;
    return buildMessage(
      `${openDenial(review, why)} Remove ${formatPlural(going.length, "it", "them")} from the ring first, then retry.`,
      groupCommands(EVICT, ...formatEvictCommands(review, ring.known, going)),
    );
  },
});

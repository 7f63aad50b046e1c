import { listNames } from "../../kubernetes/shorten.ts";
import { EVICT, wayOut } from "../evictCommands.ts";
import { groupCommands, message, openDenial, pluralize } from "../messages.ts";
import { goingMembers, isRingDrop } from "../removedPods.ts";
import { rule } from "../rule.ts";

export const stillAMember = rule({
  name: "still-a-member",
  code: "RC018",
  says: "The profile's scaleDown.policy is Drained, and pods that would be removed are still members of the ring.",
  needs: ["ring"],
  concerns: (asked) => asked.ring?.scaleDown === "strict" && isRingDrop(asked),
  decide: (asked, { ring }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    const going = goingMembers(asked, ring.known);
    if (going.length === 0) return null;
    const { leader, term, members } = ring.known;
    const why =
      `the profile's scaleDown.policy is Drained, and ${listNames(going)} ${pluralize(going.length, "is still a member", "are still members")} of ` +
      `the ring (leader ${leader}, term ${term}, ${members.length} members)`;
    return message(
      `${openDenial(asked, why)} Remove ${pluralize(going.length, "it", "them")} from the ring first, then retry.`,
      groupCommands(EVICT, ...wayOut(asked, ring.known, going)),
    );
  },
});

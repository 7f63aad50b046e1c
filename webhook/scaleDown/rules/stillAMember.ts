import { wayOut } from "../evictCommands.ts";
import { message, setOf } from "../messages.ts";
import { goingMembers, isRingDrop } from "../removedPods.ts";
import { rule } from "../rule.ts";

export const stillAMember = rule({
  name: "still-a-member",
  code: "RC018",
  says: "Members of the ring would go, and the profile's scaleDown.policy is Drained.",
  needs: ["ring"],
  concerns: (asked) => asked.ring?.scaleDown === "strict" && isRingDrop(asked),
  decide: (asked, { ring }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    const going = goingMembers(asked, ring.known);
    if (going.length === 0) return null;
    return message(
      `${setOf(asked)}: ${going.join(", ")} would go while still in the ring (leader ${ring.known.leader}, term ${ring.known.term}, ` +
        `${ring.known.members.length} members); scaleDown.policy is Drained. Take them out one by one, then ask again`,
      ...wayOut(asked, ring.known, going),
    );
  },
});

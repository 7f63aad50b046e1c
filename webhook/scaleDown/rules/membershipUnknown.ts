import { kubectl } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { ordinalIn } from "../ordinals.ts";
import { isRingDrop } from "../removedPods.ts";
import { rule, subjectOf } from "../rule.ts";

/** I6: unknown means deny. A ring without a leader cannot let anybody go in order. */
export const membershipUnknown = rule({
  name: "membership-unknown",
  code: "RC017",
  says: "Who is in the ring could not be found out, so nobody may go.",
  needs: ["ring"],
  concerns: isRingDrop,
  decide: (asked, { ring }) => {
    const { name } = subjectOf(asked);
    const look = kubectl(asked, "get", "pods", "-o", "wide");
    if ("unknown" in ring) {
      return message(
        `${setOf(asked)}: who is in the ring is not known: ${ring.unknown}. No member may go until all members that answer agree on ` +
          `leader, term and members, and none is missing. Bring back the members that are missing, then retry`,
        look,
      );
    }
    const strange = ring.known.members.find(({ id }) => ordinalIn(id, name) === null);
    if (strange === undefined) return null;
    return message(
      `${setOf(asked)}: the ring has a member ${strange.id}, which is no pod of ${name}, so which of its members would go is not known. ` +
        `Members must have the names of their pods (${asked.ring?.idSetting})`,
      look,
    );
  },
});

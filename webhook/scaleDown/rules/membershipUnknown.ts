import { kubectl } from "../commands.ts";
import { inspectWith, message, openDenial } from "../messages.ts";
import { ordinalIn } from "../ordinals.ts";
import { isRingDrop } from "../removedPods.ts";
import { rule, subjectOf } from "../rule.ts";

/** Unknown means deny (I6 in docs/architecture.md). Without a leader no member can leave in order. */
export const membershipUnknown = rule({
  name: "membership-unknown",
  code: "RC017",
  says: "The members of the ring are unknown, so no member may be removed.",
  needs: ["ring"],
  concerns: isRingDrop,
  decide: (asked, { ring }) => {
    const { name } = subjectOf(asked);
    const look = inspectWith(kubectl(asked, "get", "pods", "-o", "wide"));
    if ("unknown" in ring) {
      return message(
        `${openDenial(asked, `the members of the ring are unknown: ${ring.unknown}`)} A member may be removed only if all members that answer ` +
          "agree on leader, term and members, and none is missing. Bring back missing members, then retry.",
        look,
      );
    }
    const strange = ring.known.members.find(({ id }) => ordinalIn(id, name) === null);
    if (strange === undefined) return null;
    return message(
      `${openDenial(asked, `the ring has a member ${strange.id} that is not a pod of ${name}, so it is unknown which members would be removed`)} ` +
        `Each member's ID (${asked.ring?.idSetting}) must be the name of its pod.`,
      look,
    );
  },
});

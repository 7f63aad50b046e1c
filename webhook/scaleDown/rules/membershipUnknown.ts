import { formatKubectl } from "../commands.ts";
import { buildMessage, inspectWith, openDenial } from "../messages.ts";
import { parseOrdinal } from "../ordinals.ts";
import { isRingDrop } from "../removedPods.ts";
import { defineRule, getTargetSet } from "../rule.ts";

/** Unknown means deny (I6 in docs/architecture.md). Without a leader no member can leave in order. */
export const membershipUnknown = defineRule({
  name: "membership-unknown",
  code: "RC017",
  says: "The members of the ring are unknown, so no member may be removed.",
  needs: ["ring"],
  appliesTo: isRingDrop,
  evaluate: (review, { ring }) => {
    const { name } = getTargetSet(review);
    const look = inspectWith(formatKubectl(review, "get", "pods", "-o", "wide"));
    if ("unknown" in ring) {
      return buildMessage(
        `${openDenial(review, `the members of the ring are unknown: ${ring.unknown}`)} A member may be removed only if all members that answer ` +
          "agree on leader, term and members, and none is missing. Bring back missing members, then retry.",
        look,
      );
    }
    const strange = ring.known.members.find(({ id }) => parseOrdinal(id, name) === null);
    if (strange === undefined) return null;
    return buildMessage(
      `${openDenial(review, `the ring has a member ${strange.id} that is not a pod of ${name}, so it is unknown which members would be removed`)} ` +
        `Each member's ID (${review.ring?.idSetting}) must be the name of its pod.`,
      look,
    );
  },
});

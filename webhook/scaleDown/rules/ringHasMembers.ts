import { listNames } from "../../kubernetes/shorten.ts";
import { buildDeleteCommand, buildPauseCommands, denyOrphaning } from "../deletionCommands.ts";
import { buildMessage, formatPlural, openDenial } from "../messages.ts";
import { defineRule, orphansPods } from "../rule.ts";

/** A deletion stops all pods at once, and none of them is removed from the ring. */
export const ringHasMembers = defineRule({
  name: "ring-has-members",
  code: "RC022",
  says: "The StatefulSet of a ring would be deleted while the ring has members, or while its members are unknown.",
  needs: ["ring"],
  appliesTo: ({ ring, change }) =>
    ring !== null && change.operation === "DELETE" && change.before.ordinals.replicas > 0,
  evaluate: (review, { ring }) => {
    // also members whose IDs are not pod names: these pods carry the ring
    const members = "unknown" in ring ? [] : ring.known.members.map(({ id }) => id);
    if ("known" in ring && members.length === 0) return null;
    const who =
      "unknown" in ring
        ? `the members of the ring are unknown: ${ring.unknown}`
        : `the ring has ${members.length} ${formatPlural(members.length, "member", "members")}: ${listNames(members)} (leader ${ring.known.leader})`;
    if (orphansPods(review)) return denyOrphaning(review, openDenial(review, who));
    return buildMessage(
      `${openDenial(review, who)} A deletion would stop all members at once, without removing them from the ring. To pause the ring, stop all pods, and ` +
        "bring all of them back later. To end it, stop all pods, then delete the StatefulSet. The volumes are kept.",
      ...buildPauseCommands(review),
      buildDeleteCommand(review, "Or deletes the StatefulSet, when all pods are gone:"),
    );
  },
});

import { listNames } from "../../kubernetes/shorten.ts";
import { formatAnnotate, formatKubectl, formatScale } from "../commands.ts";
import { buildMessage, formatPlural, groupCommands, ORPHANED, openDenial } from "../messages.ts";
import { MAINTENANCE } from "../overrides.ts";
import { defineRule, getTargetSet, orphansPods } from "../rule.ts";

/** A deletion ends all pods at once, and none of them leaves. */
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
    if (orphansPods(review)) return buildMessage(`${openDenial(review, who)} ${ORPHANED}`);
    return buildMessage(
      `${openDenial(review, who)} A deletion would stop all members at once, and none would leave. To end or pause the ring, stop all pods first, then ` +
        "delete the StatefulSet. The volumes are kept.",
      groupCommands(
        "Stops all members:",
        formatAnnotate(review, MAINTENANCE, "<reason>"),
        formatScale(review, 0),
      ),
      groupCommands(
        "Deletes the StatefulSet:",
        formatKubectl(review, "delete", "statefulset", getTargetSet(review).name),
      ),
    );
  },
});

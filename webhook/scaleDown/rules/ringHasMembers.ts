import { listNames } from "../../kubernetes/shorten.ts";
import { annotate, kubectl, scale } from "../commands.ts";
import { groupCommands, message, ORPHANED, openDenial, pluralize } from "../messages.ts";
import { MAINTENANCE } from "../overrides.ts";
import { leavesPods, rule, subjectOf } from "../rule.ts";

/** A deletion ends all pods at once, and none of them leaves. */
export const ringHasMembers = rule({
  name: "ring-has-members",
  code: "RC022",
  says: "The StatefulSet of a ring would be deleted while the ring has members, or while its members are unknown.",
  needs: ["ring"],
  concerns: ({ ring, change }) =>
    ring !== null && change.operation === "DELETE" && change.before.ordinals.replicas > 0,
  decide: (asked, { ring }) => {
    // also members whose IDs are not pod names: these pods carry the ring
    const members = "unknown" in ring ? [] : ring.known.members.map(({ id }) => id);
    if ("known" in ring && members.length === 0) return null;
    const who =
      "unknown" in ring
        ? `the members of the ring are unknown: ${ring.unknown}`
        : `the ring has ${members.length} ${pluralize(members.length, "member", "members")}: ${listNames(members)} (leader ${ring.known.leader})`;
    if (leavesPods(asked)) return message(`${openDenial(asked, who)} ${ORPHANED}`);
    return message(
      `${openDenial(asked, who)} A deletion would stop all members at once, and none would leave. To end or pause the ring, stop all pods first, then ` +
        "delete the StatefulSet. The volumes are kept.",
      groupCommands("Stops all members:", annotate(asked, MAINTENANCE, "<reason>"), scale(asked, 0)),
      groupCommands(
        "Deletes the StatefulSet:",
        kubectl(asked, "delete", "statefulset", subjectOf(asked).name),
      ),
    );
  },
});

import { annotate, kubectl, scale } from "../commands.ts";
import { message, ORPHANED, setOf } from "../messages.ts";
import { MAINTENANCE } from "../overrides.ts";
import { leavesPods, rule, subjectOf } from "../rule.ts";

/** A deleted set takes all its pods at once, and none of them leaves. */
export const ringHasMembers = rule({
  name: "ring-has-members",
  code: "RC022",
  says: "The StatefulSet of a ring would be deleted while it has members, or while that is not known.",
  needs: ["ring"],
  concerns: ({ ring, change }) =>
    ring !== null && change.operation === "DELETE" && change.before.ordinals.replicas > 0,
  decide: (asked, { ring }) => {
    // all of them, whatever they are called: what these pods say of a ring is a ring that they carry
    const members = "unknown" in ring ? [] : ring.known.members.map(({ id }) => id);
    if ("known" in ring && members.length === 0) return null;
    const who =
      "unknown" in ring
        ? `who is in the ring is not known: ${ring.unknown}`
        : `the ring has ${members.length} ${members.length === 1 ? "member" : "members"}: ${members.join(", ")} (leader ${ring.known.leader})`;
    if (leavesPods(asked)) return message(`${setOf(asked)} would be deleted, and ${who}. ${ORPHANED}`);
    return message(
      `${setOf(asked)} would be deleted, and ${who}. A deletion stops all of them at once and none leaves in order. If the ring is to end, or to ` +
        `pause, stop it as a whole first, then delete the StatefulSet; the volumes stay`,
      annotate(asked, MAINTENANCE, "why the ring stops"),
      scale(asked, 0),
      kubectl(asked, "delete", "statefulset", subjectOf(asked).name),
    );
  },
});

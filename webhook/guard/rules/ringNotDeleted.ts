import { annotate, kubectl, scale } from "../commands.ts";
import { membersOf } from "../going.ts";
import { MAINTENANCE } from "../passes.ts";
import { rule, subjectOf } from "../rule.ts";
import { message, setOf } from "../words.ts";

/** A deleted set takes all its pods at once, and none of them leaves. */
export const ringNotDeleted = rule({
  name: "ring-not-deleted",
  code: "RC022",
  says: "The StatefulSet of a ring would be deleted while it has members, or while that is not known.",
  needs: ["ring"],
  concerns: ({ ring, change }) =>
    ring !== null && change.operation === "DELETE" && change.before.ordinals.replicas > 0,
  decide: (asked, { ring }) => {
    const members = "unknown" in ring ? null : membersOf(asked, ring.known);
    if (members !== null && members.length === 0) return null;
    const who =
      "unknown" in ring
        ? `who is in the ring is not known (${ring.unknown})`
        : `${members?.join(", ")} are in the ring (leader ${ring.known.leader})`;
    return message(
      `${setOf(asked)} would be deleted, and ${who}. If the ring is to end, or to pause, stop it as a whole first, then delete it`,
      annotate(asked, MAINTENANCE, "why the ring stops"),
      scale(asked, 0),
      kubectl(asked, "delete", "statefulset", subjectOf(asked).name),
    );
  },
});

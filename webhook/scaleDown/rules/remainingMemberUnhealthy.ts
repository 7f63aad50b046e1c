import { kubectl } from "../commands.ts";
import { wayOut } from "../evictCommands.ts";
import { message, setOf } from "../messages.ts";
import { holds, ordinalIn } from "../ordinals.ts";
import { goingMembers, isManagedRingDrop } from "../removedPods.ts";
import { rule, subjectOf } from "../rule.ts";

/** Each removal needs the majority of those that stay: one that is ill now may be the one that is missing then. */
export const remainingMemberUnhealthy = rule({
  name: "remaining-member-unhealthy",
  code: "RC019",
  says: "A member that stays does not answer, or does not follow the leader.",
  needs: ["ring"],
  concerns: isManagedRingDrop,
  decide: (asked, { ring }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    const going = goingMembers(asked, ring.known);
    if (going.length === 0) return null;
    const ill = ring.known.members
      .filter(({ id, healthy }) => !healthy && !going.includes(id))
      .map(({ id }) => id);
    if (ill.length === 0) return null;
    const { name, ordinals } = subjectOf(asked);
    const phantoms = ill.filter((id) => !holds(ordinals, ordinalIn(id, name) ?? -1));
    const pods = ill.filter((id) => !phantoms.includes(id));
    const advice = [
      ...(pods.length === 0 ? [] : [`Bring back ${pods.join(", ")} first`]),
      ...(phantoms.length === 0
        ? []
        : [
            `Take out of the ring, one by one, what has no pod in this StatefulSet any more: ${phantoms.join(", ")}`,
          ]),
    ];
    return message(
      `${setOf(asked)}: ${going.join(", ")} would go, but of the members that stay these do not follow the leader ${ring.known.leader} ` +
        `(term ${ring.known.term}): ${ill.join(", ")}. ${advice.join(". ")}. Then ask again`,
      ...pods.map((id) => kubectl(asked, "describe", "pod", id)),
      ...(phantoms.length === 0 ? [] : wayOut(asked, ring.known, phantoms)),
    );
  },
});

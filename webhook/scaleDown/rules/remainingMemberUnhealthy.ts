import { listNames } from "../../kubernetes/shorten.ts";
import { kubectl } from "../commands.ts";
import { EVICT, wayOut } from "../evictCommands.ts";
import { groupCommands, inspectWith, message, openDenial, pluralize } from "../messages.ts";
import { holds, ordinalIn } from "../ordinals.ts";
import { goingMembers, isManagedRingDrop } from "../removedPods.ts";
import { rule, subjectOf } from "../rule.ts";

/** Each removal needs a majority of the members that stay, and one that is unhealthy now may be missing then. */
export const remainingMemberUnhealthy = rule({
  name: "remaining-member-unhealthy",
  code: "RC019",
  says: "A member that stays does not answer or does not follow the leader.",
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
      ...(pods.length === 0 ? [] : [`bring back ${listNames(pods)}`]),
      ...(phantoms.length === 0
        ? []
        : [
            `remove ${listNames(phantoms)}, which ${pluralize(phantoms.length, "has", "have")} no pod in this StatefulSet, from the ring`,
          ]),
    ];
    const why =
      `${pluralize(ill.length, "a member that stays does", "members that stay do")} not follow the leader ${ring.known.leader} ` +
      `(term ${ring.known.term}): ${listNames(ill)}`;
    return message(
      `${openDenial(asked, why)} First ${advice.join(" and ")}, then retry.`,
      inspectWith(...pods.map((id) => kubectl(asked, "describe", "pod", id))),
      groupCommands(EVICT, ...(phantoms.length === 0 ? [] : wayOut(asked, ring.known, phantoms))),
    );
  },
});

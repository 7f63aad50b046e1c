import { listNames } from "../../kubernetes/shorten.ts";
import { formatKubectl } from "../commands.ts";
import { EVICT, EVICT_LOST, formatEvictCommands } from "../formatEvictCommands.ts";
import { buildMessage, formatPlural, groupCommands, inspectWith, openDenial } from "../messages.ts";
import { isInSpan, parseOrdinal } from "../ordinals.ts";
import { isManagedRingScaleDown, listRemovedMembers } from "../removedPods.ts";
import { defineRule, getTargetSet } from "../rule.ts";

/** Each removal needs a majority of the members that stay, and one that is unhealthy now may be missing then. */
export const remainingMemberUnhealthy = defineRule({
  name: "remaining-member-unhealthy",
  code: "RC019",
  says: "A member that stays does not answer or does not follow the leader.",
  needs: ["ring"],
  appliesTo: isManagedRingScaleDown,
  evaluate: (review, { ring }) => {
    if ("unknown" in ring) return ring;
    const going = listRemovedMembers(review, ring.known);
    if (going.length === 0) return null;
    const ill = ring.known.members
      .filter(({ id, healthy }) => !healthy && !going.includes(id))
      .map(({ id }) => id);
    if (ill.length === 0) return null;
    const { name, ordinals } = getTargetSet(review);
    const phantoms = ill.filter((id) => !isInSpan(ordinals, parseOrdinal(id, name) ?? -1));
    const pods = ill.filter((id) => !phantoms.includes(id));
    const advice = [
      ...(pods.length === 0 ? [] : [`bring back ${listNames(pods)}`]),
      ...(phantoms.length === 0
        ? []
        : [
            `remove ${listNames(phantoms)}, which ${formatPlural(phantoms.length, "has", "have")} no pod in this StatefulSet, from the ring`,
          ]),
    ];
    const why =
      `${formatPlural(ill.length, "a member that stays does", "members that stay do")} not follow the leader ${ring.known.leader} ` +
      `(term ${ring.known.term}): ${listNames(ill)}`;
    return buildMessage(
      `${openDenial(review, why)} First ${advice.join(" and ")}, then retry.`,
      inspectWith(...pods.map((id) => formatKubectl(review, "describe", "pod", id))),
      groupCommands(
        EVICT,
        ...(phantoms.length === 0 ? [] : formatEvictCommands(review, ring.known, phantoms)),
      ),
      groupCommands(EVICT_LOST, ...(pods.length === 0 ? [] : formatEvictCommands(review, ring.known, pods))),
    );
  },
});

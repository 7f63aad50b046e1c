// The rules of the pod-deletion gate (docs/architecture.md#pod-deletion-gate). The StatefulSet controller ignores a
// failed preStop, so the next pod is held until the one above it is out of the ring: at most one member ends without
// having left.
import { formatRetryCommand } from "../../../init/contract/formatRetryCommand.ts";
import { computeMajority, isMajority } from "../../../init/contract/ring/majority.ts";
import { listNames } from "../../kubernetes/shorten.ts";
import { EVICT, formatEvictCommands } from "../formatEvictCommands.ts";
import { buildMessage, formatPlural, formatSet, groupCommands } from "../messages.ts";
import { parseOrdinal } from "../ordinals.ts";
import { listRemovedMembers } from "../removedPods.ts";
import { type CommandGroup, defineRule, getTargetSet, type Rule, type ScaleDownReview } from "../rule.ts";

/** The pod that would be deleted: the lowest ordinal that the change removes. */
export const formatRemovedPod = (review: ScaleDownReview): string =>
  `${getTargetSet(review).name}-${getLowestOrdinal(review)}`;

const getLowestOrdinal = ({ removed }: ScaleDownReview): number =>
  Math.min(...removed.map(({ start }) => start));

/** The first sentence of a denial by the gate: which pod is held, and why. */
export const openHold = (review: ScaleDownReview, reason: string): string =>
  `Deleting pod ${formatRemovedPod(review)} of ${formatSet(review)} is held: ${reason}.`;

export const RETRIES = "The controller retries by itself within 17 minutes.";

function askAgain(review: ScaleDownReview): CommandGroup {
  const { namespace, name } = getTargetSet(review);
  return groupCommands("Makes the controller retry at once:", formatRetryCommand(namespace, name));
}

export const higherLeftFirst = defineRule({
  name: "higher-ordinal-still-member",
  code: "RC028",
  says: "A pod is held until the members with higher ordinals have left the ring; the controller retries.",
  needs: ["ring"],
  appliesTo: () => true,
  evaluate: (review, { ring }) => {
    if ("unknown" in ring) return ring;
    const pod = formatRemovedPod(review);
    if (!ring.known.members.some(({ id }) => id === pod)) return null;
    const { name } = getTargetSet(review);
    const higher = listRemovedMembers(review, ring.known).filter(
      (id) => (parseOrdinal(id, name) ?? 0) > (parseOrdinal(pod, name) ?? 0),
    );
    const [first] = higher;
    if (first === undefined) return null;
    const { leader, term, members } = ring.known;
    const why =
      `${listNames(higher)}, which must leave first, ${formatPlural(higher.length, "is still a member", "are still members")} ` +
      `of the ring (leader ${leader}, term ${term}, ${members.length} members)`;
    return buildMessage(
      `${openHold(review, why)} If ${first} cannot leave by itself, remove it from the ring. ${RETRIES}`,
      groupCommands(EVICT, ...formatEvictCommands(review, ring.known, [first])),
      askAgain(review),
    );
  },
});

export const majorityHeld = defineRule({
  name: "deletion-risks-quorum",
  code: "RC029",
  says: "A pod is held because the ring could lose its majority if the pod failed to leave; the controller retries.",
  needs: ["ring"],
  appliesTo: () => true,
  evaluate: (review, { ring }) => {
    if ("unknown" in ring) return ring;
    const pod = formatRemovedPod(review);
    const { members } = ring.known;
    if (!members.some(({ id }) => id === pod)) return null;
    const rest = members.filter(({ id }) => id !== pod);
    const healthy = rest.filter((member) => member.healthy).length;
    // special case of two members: one healthy survivor suffices, or none could ever leave
    const ring2 = members.length === 2 ? rest : members;
    if (rest.length > 0 && isMajority(healthy, ring2.length)) return null;
    const ill = rest.filter((member) => !member.healthy).map(({ id }) => id);
    const why =
      rest.length === 0
        ? "it is the last member of the ring"
        : `without it only ${healthy} of ${members.length} members are healthy, and a majority is ${computeMajority(members.length)}`;
    const remedy = ill.length === 0 ? "" : `Bring back ${listNames(ill)}. `;
    return buildMessage(`${openHold(review, why)} ${remedy}${RETRIES}`, askAgain(review));
  },
});

export const POD_DELETION_RULES: readonly Rule[] = [higherLeftFirst, majorityHeld];

// The rules of the pod-deletion gate (docs/architecture.md#pod-deletion-gate). The StatefulSet controller ignores a
// failed preStop, so the next pod is held until the one above it is out of the ring: at most one member ends without
// having left.
import { askAgainCommand } from "../../../init/contract/askAgain.ts";
import { isMajority, majorityOf } from "../../../init/contract/ring/majority.ts";
import { listNames } from "../../kubernetes/shorten.ts";
import { EVICT, wayOut } from "../evictCommands.ts";
import { type CommandGroup, groupCommands, message, pluralize, setOf } from "../messages.ts";
import { ordinalIn } from "../ordinals.ts";
import { goingMembers } from "../removedPods.ts";
import { type Case, type Rule, rule, subjectOf } from "../rule.ts";

/** The pod that would be deleted: the lowest ordinal that the change removes. */
export const podOf = (asked: Case): string => `${subjectOf(asked).name}-${lowestOf(asked)}`;

const lowestOf = ({ removed }: Case): number => Math.min(...removed.map(({ start }) => start));

/** The first sentence of a denial by the gate: which pod is held, and why. */
export const openHold = (asked: Case, reason: string): string =>
  `Deleting pod ${podOf(asked)} of ${setOf(asked)} is held: ${reason}.`;

export const RETRIES = "The controller retries by itself within 17 minutes.";

function askAgain(asked: Case): CommandGroup {
  const { namespace, name } = subjectOf(asked);
  return groupCommands("Makes the controller retry at once:", askAgainCommand(namespace, name));
}

export const higherLeftFirst = rule({
  name: "higher-ordinal-still-member",
  code: "RC028",
  says: "A pod is held until the members with higher ordinals have left the ring; the controller retries.",
  needs: ["ring"],
  concerns: () => true,
  decide: (asked, { ring }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    const pod = podOf(asked);
    if (!ring.known.members.some(({ id }) => id === pod)) return null;
    const { name } = subjectOf(asked);
    const higher = goingMembers(asked, ring.known).filter(
      (id) => (ordinalIn(id, name) ?? 0) > (ordinalIn(pod, name) ?? 0),
    );
    const [first] = higher;
    if (first === undefined) return null;
    const { leader, term, members } = ring.known;
    const why =
      `${listNames(higher)}, which must leave first, ${pluralize(higher.length, "is still a member", "are still members")} ` +
      `of the ring (leader ${leader}, term ${term}, ${members.length} members)`;
    return message(
      `${openHold(asked, why)} If ${first} cannot leave by itself, remove it from the ring. ${RETRIES}`,
      groupCommands(EVICT, ...wayOut(asked, ring.known, [first])),
      askAgain(asked),
    );
  },
});

export const majorityHeld = rule({
  name: "deletion-risks-quorum",
  code: "RC029",
  says: "A pod is held because the ring could lose its majority if the pod failed to leave; the controller retries.",
  needs: ["ring"],
  concerns: () => true,
  decide: (asked, { ring }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    const pod = podOf(asked);
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
        : `without it only ${healthy} of ${members.length} members are healthy, and a majority is ${majorityOf(members.length)}`;
    const remedy = ill.length === 0 ? "" : `Bring back ${listNames(ill)}. `;
    return message(`${openHold(asked, why)} ${remedy}${RETRIES}`, askAgain(asked));
  },
});

export const BRAKE_RULES: readonly Rule[] = [higherLeftFirst, majorityHeld];

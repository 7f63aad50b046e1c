// What holds the deletion of a pod whose ordinal goes (docs/architecture.md#pod-deletion-gate). A preStop that fails
// stops no controller, so the next pod waits until the one before it is out of the ring: at most one member is gone
// without having left.
import { askAgainCommand } from "../../../init/contract/askAgain.ts";
import { isMajority, majorityOf } from "../../../init/contract/ring/majority.ts";
import { wayOut } from "../evictCommands.ts";
import { message, setOf } from "../messages.ts";
import { ordinalIn } from "../ordinals.ts";
import { goingMembers } from "../removedPods.ts";
import { type Case, type Rule, rule, subjectOf } from "../rule.ts";

/** The pod that is asked about is the lowest of those that the case lets go. */
export const podOf = (asked: Case): string => `${subjectOf(asked).name}-${lowestOf(asked)}`;

const lowestOf = ({ removed }: Case): number => Math.min(...removed.map(({ start }) => start));

function askAgain(asked: Case): string {
  const { namespace, name } = subjectOf(asked);
  return askAgainCommand(namespace, name);
}

export const higherLeftFirst = rule({
  name: "higher-ordinal-still-member",
  code: "RC028",
  says: "A pod is to be deleted while a higher ordinal that goes, too, is still in the ring; the controller tries again.",
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
    return message(
      `${setOf(asked)}: ${pod} is held until ${higher.join(", ")} ${higher.length > 1 ? "are" : "is"} out of the ring (leader ` +
        `${ring.known.leader}, term ${ring.known.term}, ${ring.known.members.length} members). If ${first} could not leave by itself, take ` +
        `it out; the controller then asks again by itself within 17 minutes, or at once with the last of these`,
      ...wayOut(asked, ring.known, [first]),
      askAgain(asked),
    );
  },
});

export const majorityHeld = rule({
  name: "deletion-risks-quorum",
  code: "RC029",
  says: "A pod is to be deleted and may fail to leave, and fewer than a majority of the ring would then run.",
  needs: ["ring"],
  concerns: () => true,
  decide: (asked, { ring }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    const pod = podOf(asked);
    const { members } = ring.known;
    if (!members.some(({ id }) => id === pod)) return null;
    const rest = members.filter(({ id }) => id !== pod);
    const healthy = rest.filter((member) => member.healthy).length;
    // of two nobody could ever leave: there it is enough that the one that stays is well
    const ring2 = members.length === 2 ? rest : members;
    if (rest.length > 0 && isMajority(healthy, ring2.length)) return null;
    const ill = rest.filter((member) => !member.healthy).map(({ id }) => id);
    const why =
      rest.length === 0
        ? "it is the last member, and there would be no ring any more"
        : `without it only ${healthy} of ${members.length} members are healthy, and a majority is ${majorityOf(members.length)}; ` +
          `bring back ${ill.join(", ")}`;
    return message(
      `${setOf(asked)}: ${pod} is held: ${why}. The controller then asks again by itself within 17 minutes, or at once with`,
      askAgain(asked),
    );
  },
});

export const BRAKE_RULES: readonly Rule[] = [higherLeftFirst, majorityHeld];

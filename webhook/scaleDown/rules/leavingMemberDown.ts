import { assumeOfGoing } from "../assumptions.ts";
import { kubectl } from "../commands.ts";
import { wayOut } from "../evictCommands.ts";
import { message, setOf } from "../messages.ts";
import { goingMembers, isManagedRingDrop } from "../removedPods.ts";
import { rule } from "../rule.ts";

/** Only a member that runs and follows can take itself out; one that is dead has to be taken out by the others. */
export const leavingMemberDown = rule({
  name: "leaving-member-down",
  code: "RC020",
  says: "A member that would go does not run, or does not follow the leader, so it cannot take itself out of the ring.",
  needs: ["ring", "pods"],
  assumes: (asked, offline) =>
    assumeOfGoing(asked, offline, (pods, isOne) => `${pods} ${isOne ? "runs" : "run"}`),
  concerns: isManagedRingDrop,
  decide: (asked, { ring, pods }) => {
    if ("unknown" in ring) return { unknown: ring.unknown };
    if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
    const running = new Set(pods.known.filter((pod) => pod.running).map(({ name }) => name));
    const healthy = new Set(ring.known.members.filter((member) => member.healthy).map(({ id }) => id));
    const stuck = goingMembers(asked, ring.known).filter((id) => !running.has(id) || !healthy.has(id));
    if (stuck.length === 0) return null;
    return message(
      `${setOf(asked)}: ${stuck.join(", ")} would go and cannot leave: ${stuck.map((id) => `${id} ${running.has(id) ? "does not follow the leader" : "does not run"}`).join(", ")}. ` +
        `Bring back what is ill and ask again, or take it out of the ring by hand, one by one`,
      ...stuck.map((id) => kubectl(asked, "describe", "pod", id)),
      ...wayOut(asked, ring.known, stuck),
    );
  },
});

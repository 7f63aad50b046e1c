import { assumeForRemovedPods } from "../assumptions.ts";
import { formatKubectl } from "../commands.ts";
import { EVICT, formatEvictCommands } from "../formatEvictCommands.ts";
import {
  buildMessage,
  explainUnlistedPods,
  formatPlural,
  groupCommands,
  inspectWith,
  openDenial,
} from "../messages.ts";
import { isManagedRingScaleDown, listRemovedMembers } from "../removedPods.ts";
import { defineRule } from "../rule.ts";

/** A member can leave only while it runs and follows the leader; otherwise another member must remove it. */
export const leavingMemberDown = defineRule({
  name: "leaving-member-down",
  code: "RC020",
  says: "A member that would be removed is not running or does not follow the leader, so it cannot leave the ring.",
  needs: ["ring", "pods"],
  assumes: (review, offline) =>
    assumeForRemovedPods(review, offline, (pods, isOne) => `${pods} ${isOne ? "runs" : "run"}`),
  appliesTo: isManagedRingScaleDown,
  evaluate: (review, { ring, pods }) => {
    if ("unknown" in ring) return ring;
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const running = new Set(pods.known.filter((pod) => pod.running).map(({ name }) => name));
    const healthy = new Set(ring.known.members.filter((member) => member.healthy).map(({ id }) => id));
    const stuck = listRemovedMembers(review, ring.known).filter((id) => !running.has(id) || !healthy.has(id));
    if (stuck.length === 0) return null;
    const each = stuck.map(
      (id) => `${id} ${running.has(id) ? "does not follow the leader" : "is not running"}`,
    );
    const why = `${formatPlural(stuck.length, "a member", "members")} to be removed cannot leave the ring: ${each.join(", ")}`;
    return buildMessage(
      `${openDenial(review, why)} Bring ${formatPlural(stuck.length, "it", "them")} back and retry, or remove ${formatPlural(stuck.length, "it", "them one at a time")} from the ring by hand.`,
      inspectWith(...stuck.map((id) => formatKubectl(review, "describe", "pod", id))),
      groupCommands(EVICT, ...formatEvictCommands(review, ring.known, stuck)),
    );
  },
});

import { lockLease, recordLease } from "../../../init/contract/record.ts";
import { kubectl } from "../commands.ts";
import { wayOut } from "../evictCommands.ts";
import type { Evidence } from "../evidence.ts";
import { message, setOf } from "../messages.ts";
import { holds } from "../ordinals.ts";
import { isRingDrop } from "../removedPods.ts";
import { type Case, type Finding, rule, subjectOf } from "../rule.ts";

/** I7: a ring changes its members one by one, and a change that has begun must end first. */
export const membershipChangeInProgress = rule({
  name: "membership-change-in-progress",
  code: "RC016",
  says: "A member is joining or leaving right now, and what has begun must end first.",
  needs: ["record", "lock", "pods", "ring"],
  assumes: (asked) => [
    `nobody holds the lock (Lease ${lockLease(subjectOf(asked).name)})`,
    `no member is leaving by the record (Lease ${recordLease(subjectOf(asked).name)})`,
  ],
  concerns: (asked) => isRingDrop(asked) || isPauseOfLeavers(asked),
  decide: (asked, evidence) => {
    const { record, lock, pods } = evidence;
    if ("unknown" in record) return { unknown: `its record could not be read: ${record.unknown}` };
    if (asked.toZero) {
      if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
      const { running } = intentsOf(evidence);
      return whileLeaving(asked, [...running, ...beyond(asked, pods.known)]);
    }
    if ("unknown" in lock) return { unknown: `its lock could not be read: ${lock.unknown}` };
    const { name } = subjectOf(asked);
    const { running, dead } = intentsOf(evidence);
    const [leaver] = running;
    if (leaver !== undefined) {
      return message(
        `${setOf(asked)}: ${leaver} has begun to leave and has not ended. Wait until it has, then ask again. This shows how far it is ` +
          `(intents, tombstones)`,
        kubectl(asked, "get", "lease", recordLease(name), "-o", "yaml"),
        kubectl(asked, "get", "pod", leaver),
      );
    }
    if (dead.length > 0) {
      return message(
        `${setOf(asked)}: ${dead.join(", ")} had begun to leave, the pod is gone, and the ring still has ${dead.length === 1 ? "it" : "them"} as a member. ` +
          `Take out what is dead, then ask again; where it was to stay, scale up instead, so that it comes back`,
        ...("known" in evidence.ring ? wayOut(asked, evidence.ring.known, dead) : []),
        kubectl(asked, "get", "lease", recordLease(name), "-o", "yaml"),
      );
    }
    if (lock.known !== null) {
      return message(
        `${setOf(asked)}: a pod is joining or leaving the ring: ${lock.known} (pod uid / run) holds the lock ${lockLease(name)}. Wait until it has ` +
          `ended, then ask again; a lock whose holder is dead expires by itself. These show it, and whose uid that is`,
        kubectl(asked, "get", "lease", lockLease(name), "-o", "yaml"),
        // a uid is no name that anybody could look for
        kubectl(asked, "get", "pods", "-o", "custom-columns=NAME:.metadata.name,UID:.metadata.uid"),
      );
    }
    return inTheRingStill(asked, evidence);
  },
});

/** Where pods leave by themselves they take zero replicas for a pause, also in the middle: and would be counted as gone. */
const isPauseOfLeavers = ({ toZero, profile }: Case): boolean => toZero && profile.drop.policy === "managed";

/**
 * Who has begun to leave and has not ended. An intent is its pod's own: who was made anew since begins anew, too. Whose pod
 * is gone and whom the ring does not have either has left: a daemon that is out of its ring ends by itself, and may take its
 * preStop with it before that is recorded.
 */
function intentsOf({ record, pods, ring }: Pick<Evidence, "record" | "pods" | "ring">): {
  running: string[];
  dead: string[];
} {
  const intents = ("known" in record ? record.known?.intents : undefined) ?? {};
  const isThere = (pod: string): boolean => "unknown" in pods || pods.known.some(({ name }) => name === pod);
  const all = Object.keys(intents);
  // a pod that was told no uid has written none
  const isItself = (pod: string): boolean =>
    "unknown" in pods ||
    pods.known.some(({ name, uid }) => name === pod && ["", uid].includes(intents[pod]?.podUid ?? ""));
  const isMember = (pod: string): boolean =>
    "unknown" in ring || ring.known.members.some(({ id }) => id === pod);
  return {
    running: all.filter(isItself),
    dead: all.filter((pod) => !isThere(pod) && isMember(pod)),
  };
}

/** Pods of a drop before this one that have not gone yet, in the order in which they go. */
function beyond(asked: Case, pods: readonly { name: string; ordinal: number }[]): string[] {
  const { ordinals } = subjectOf(asked);
  const left = pods.filter(({ ordinal }) => !holds(ordinals, ordinal));
  return left.toSorted((a, b) => b.ordinal - a.ordinal).map(({ name }) => name);
}

/** A drop before that has not come as far as an intent: the brake holds its pods, or their node's kubelet is away. */
function inTheRingStill(asked: Case, { pods, ring }: Pick<Evidence, "pods" | "ring">): Finding {
  if ("unknown" in pods || "unknown" in ring) return null;
  const members = new Set(ring.known.members.map(({ id }) => id));
  const leavers = beyond(asked, pods.known).filter((pod) => members.has(pod));
  const [first, ...others] = leavers;
  if (first === undefined) return null;
  return message(
    `${setOf(asked)}: ${leavers.join(", ")} ${others.length === 0 ? "is" : "are"} not wanted since a drop before, and still in the ring. Wait until ` +
      `${others.length === 0 ? "it has" : "they have"} left, then ask again. What keeps a pod is told in the Events of these`,
    kubectl(asked, "describe", "statefulset", subjectOf(asked).name),
    kubectl(asked, "describe", "pod", first),
  );
}

function whileLeaving(asked: Case, leavers: readonly string[]): Finding {
  if (leavers.length === 0) return null;
  const [first = "", ...others] = new Set(leavers);
  return message(
    `${setOf(asked)} would be scaled to zero while ${[first, ...others.slice(0, 9)].join(", ")} ${others.length === 0 ? "is" : "are"} still leaving from a drop before. At zero ` +
      `replicas no pod leaves, so it would be neither gone nor counted. Wait until it is gone, then ask again; this shows it`,
    kubectl(asked, "get", "pod", first),
  );
}

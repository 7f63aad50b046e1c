import { lockLease, recordLease } from "../../../init/contract/record.ts";
import { listNames, shorten } from "../../kubernetes/shorten.ts";
import { kubectl } from "../commands.ts";
import { EVICT, wayOut } from "../evictCommands.ts";
import type { Evidence } from "../evidence.ts";
import {
  explainUnlistedPods,
  explainUnreadRecord,
  groupCommands,
  inspectWith,
  message,
  openDenial,
  pluralize,
} from "../messages.ts";
import { holds } from "../ordinals.ts";
import { isRingDrop } from "../removedPods.ts";
import { type Case, type Finding, rule, subjectOf } from "../rule.ts";

/** A holder is two UUIDs; anybody who may write the Lease may write more. */
const MOST_OF_HOLDER = 100;

/** A ring changes one member at a time, and a change that has begun must end first (I7 in docs/architecture.md). */
export const membershipChangeInProgress = rule({
  name: "membership-change-in-progress",
  code: "RC016",
  says: "A member is joining or leaving, which must end first.",
  needs: ["record", "lock", "pods", "ring"],
  assumes: (asked) => [
    `no pod holds the lock (Lease ${lockLease(subjectOf(asked).name)})`,
    `the record (Lease ${recordLease(subjectOf(asked).name)}) has no member that is leaving`,
  ],
  concerns: (asked) => isRingDrop(asked) || isPauseOfLeavers(asked),
  decide: (asked, evidence) => {
    const { record, lock, pods } = evidence;
    if ("unknown" in record) return { unknown: explainUnreadRecord(asked, record.unknown) };
    if (asked.toZero) {
      if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
      const { running } = intentsOf(evidence);
      return whileLeaving(asked, [...running, ...beyond(asked, pods.known)]);
    }
    if ("unknown" in lock)
      return { unknown: `cannot read the lock (Lease ${lockLease(subjectOf(asked).name)}): ${lock.unknown}` };
    const { name } = subjectOf(asked);
    const { running, dead } = intentsOf(evidence);
    const [leaver] = running;
    if (leaver !== undefined) {
      return message(
        `${openDenial(asked, `${leaver} is still leaving the ring`)} Wait until it has left, then retry. The record (Lease ${recordLease(name)}) shows its progress ` +
          "(intents, tombstones).",
        inspectWith(
          kubectl(asked, "get", "lease", recordLease(name), "-o", "yaml"),
          kubectl(asked, "get", "pod", leaver),
        ),
      );
    }
    if (dead.length > 0) return denyForDead(asked, dead, evidence);
    if (lock.known !== null) {
      return message(
        `${openDenial(asked, `a pod is joining or leaving the ring: ${shorten(lock.known, MOST_OF_HOLDER)} (pod UID/run) holds the lock (Lease ${lockLease(name)})`)} ` +
          "Wait until it has ended, then retry. If the holder is dead, the lock expires by itself.",
        inspectWith(
          kubectl(asked, "get", "lease", lockLease(name), "-o", "yaml"),
          // the lock has the UID of the pod, not its name
          kubectl(asked, "get", "pods", "-o", "custom-columns=NAME:.metadata.name,UID:.metadata.uid"),
        ),
      );
    }
    return inTheRingStill(asked, evidence);
  },
});

/**
 * Pods that leave by themselves treat zero replicas as a pause, also while they leave, and would then count as gone.
 */
const isPauseOfLeavers = ({ toZero, profile }: Case): boolean => toZero && profile.drop.policy === "managed";

/**
 * Members that began to leave and have not ended. An intent belongs to one pod: a recreated pod starts again. A member
 * whose pod is gone and that the ring does not list has left: its daemon ends once it is removed, and may end its
 * preStop before that is recorded.
 */
function intentsOf({ record, pods, ring }: Pick<Evidence, "record" | "pods" | "ring">): {
  running: string[];
  dead: string[];
} {
  const intents = ("known" in record ? record.known?.intents : undefined) ?? {};
  const isThere = (pod: string): boolean => "unknown" in pods || pods.known.some(({ name }) => name === pod);
  const all = Object.keys(intents);
  // a pod without a UID in its env writes none
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

/** Pods that an earlier scale-down removes and that still exist, in the order in which they end. */
function beyond(asked: Case, pods: readonly { name: string; ordinal: number }[]): string[] {
  const { ordinals } = subjectOf(asked);
  const left = pods.filter(({ ordinal }) => !holds(ordinals, ordinal));
  return left.toSorted((a, b) => b.ordinal - a.ordinal).map(({ name }) => name);
}

/**
 * An earlier scale-down without an intent yet: the pod-deletion gate holds its pods, or the kubelet of their node is
 * down.
 */
function inTheRingStill(asked: Case, { pods, ring }: Pick<Evidence, "pods" | "ring">): Finding {
  if ("unknown" in pods || "unknown" in ring) return null;
  const members = new Set(ring.known.members.map(({ id }) => id));
  const leavers = beyond(asked, pods.known).filter((pod) => members.has(pod));
  const [first, ...others] = leavers;
  if (first === undefined) return null;
  const isOne = others.length === 0;
  const why = `an earlier scale-down removes ${listNames(leavers)}, which ${isOne ? "is still a member" : "are still members"} of the ring`;
  return message(
    `${openDenial(asked, why)} Wait until ${isOne ? "it has" : "they have"} left, then retry. Events show what holds a pod.`,
    inspectWith(
      kubectl(asked, "describe", "statefulset", subjectOf(asked).name),
      kubectl(asked, "describe", "pod", first),
    ),
  );
}

/** Members that ended while they left: only another member can remove them now. */
function denyForDead(asked: Case, dead: readonly string[], { ring }: Pick<Evidence, "ring">): Finding {
  const isOne = dead.length === 1;
  const state = isOne
    ? "its pod no longer exists, but it is still a member of the ring"
    : "their pods no longer exist, but they are still members of the ring";
  const them = isOne ? "it" : "them";
  return message(
    `${openDenial(asked, `${listNames(dead)} began to leave, and ${state}`)} Remove ${them} from the ring, then retry. To keep ${them}, scale up ` +
      "instead.",
    inspectWith(kubectl(asked, "get", "lease", recordLease(subjectOf(asked).name), "-o", "yaml")),
    groupCommands(EVICT, ...("known" in ring ? wayOut(asked, ring.known, dead) : [])),
  );
}

function whileLeaving(asked: Case, leavers: readonly string[]): Finding {
  if (leavers.length === 0) return null;
  const [first = "", ...others] = new Set(leavers);
  const why = `${listNames([first, ...others])} ${pluralize(others.length + 1, "is", "are")} still leaving after an earlier scale-down`;
  return message(
    `${openDenial(asked, why)} At zero replicas no pod leaves, so ${pluralize(others.length + 1, "it", "they")} would stop without having left. ` +
      `Wait until ${pluralize(others.length + 1, "it is", "they are")} gone, then retry.`,
    inspectWith(kubectl(asked, "get", "pod", first)),
  );
}

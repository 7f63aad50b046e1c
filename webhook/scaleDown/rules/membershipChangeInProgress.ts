import { lockLease, recordLease } from "../../../init/contract/record.ts";
import { listNames, shorten } from "../../kubernetes/shorten.ts";
import { formatKubectl } from "../commands.ts";
import type { Evidence } from "../evidence.ts";
import { EVICT, formatEvictCommands } from "../formatEvictCommands.ts";
import {
  buildMessage,
  explainUnlistedPods,
  explainUnreadRecord,
  formatPlural,
  groupCommands,
  inspectWith,
  openDenial,
} from "../messages.ts";
import { isInSpan } from "../ordinals.ts";
import { isRingScaleDown } from "../removedPods.ts";
import { defineRule, getTargetSet, type RuleFinding, type ScaleDownReview } from "../rule.ts";

/** A holder is two UUIDs, but anyone who may write the Lease may write a longer one. */
const MOST_OF_HOLDER = 100;

/** A ring changes one member at a time, and a change that has begun must end first (I7 in docs/architecture.md). */
export const membershipChangeInProgress = defineRule({
  name: "membership-change-in-progress",
  code: "RC016",
  says: "A member is joining or leaving, which must end first.",
  needs: ["record", "lock", "pods", "ring"],
  assumes: (review) => [
    `no pod holds the lock (Lease ${lockLease(getTargetSet(review).name)})`,
    `the record (Lease ${recordLease(getTargetSet(review).name)}) has no member that is leaving`,
  ],
  appliesTo: (review) => isRingScaleDown(review) || isPauseOfManagedPods(review),
  evaluate: (review, evidence) => {
    const { record, lock, pods } = evidence;
    if ("unknown" in record) return explainUnreadRecord(review, record);
    if (review.toZero) {
      if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
      const { running } = classifyIntents(evidence);
      return denyPauseWhileLeaving(review, [...running, ...listPodsOfEarlierScaleDown(review, pods.known)]);
    }
    if ("unknown" in lock)
      return {
        ...lock,
        unknown: `cannot read the lock (Lease ${lockLease(getTargetSet(review).name)}): ${lock.unknown}`,
      };
    const { name } = getTargetSet(review);
    const { running, dead } = classifyIntents(evidence);
    const [leaver] = running;
    if (leaver !== undefined) {
      return buildMessage(
        `${openDenial(review, `${leaver} is still leaving the ring`)} Wait until it has left, then retry. The record (Lease ${recordLease(name)}) shows its progress ` +
          "(intents, tombstones).",
        inspectWith(
          formatKubectl(review, "get", "lease", recordLease(name), "-o", "yaml"),
          formatKubectl(review, "get", "pod", leaver),
        ),
      );
    }
    if (dead.length > 0) return denyForDeadLeavers(review, dead, evidence);
    if (lock.known !== null) {
      return buildMessage(
        `${openDenial(review, `a pod is joining or leaving the ring: ${shorten(lock.known, MOST_OF_HOLDER)} (pod UID/run) holds the lock (Lease ${lockLease(name)})`)} ` +
          "Wait until it has ended, then retry. If the holder is dead, the lock expires by itself.",
        inspectWith(
          formatKubectl(review, "get", "lease", lockLease(name), "-o", "yaml"),
          // the lock has the UID of the pod, not its name
          formatKubectl(review, "get", "pods", "-o", "custom-columns=NAME:.metadata.name,UID:.metadata.uid"),
        ),
      );
    }
    return denyForEarlierScaleDown(review, evidence);
  },
});

/**
 * Pods that leave by themselves treat zero replicas as a pause, also while they leave, and would then count as gone.
 */
const isPauseOfManagedPods = ({ toZero, profile }: ScaleDownReview): boolean =>
  toZero && profile.drop.policy === "managed";

/**
 * Members that began to leave and have not ended. An intent belongs to one pod: a recreated pod starts again. A member
 * whose pod is gone and that the ring does not list has left: its daemon ends once it is removed, and may end its
 * preStop before that is recorded.
 */
function classifyIntents({ record, pods, ring }: Pick<Evidence, "record" | "pods" | "ring">): {
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
function listPodsOfEarlierScaleDown(
  review: ScaleDownReview,
  pods: readonly { name: string; ordinal: number }[],
): string[] {
  const { ordinals } = getTargetSet(review);
  const left = pods.filter(({ ordinal }) => !isInSpan(ordinals, ordinal));
  return left.toSorted((a, b) => b.ordinal - a.ordinal).map(({ name }) => name);
}

/**
 * An earlier scale-down without an intent yet: the pod-deletion gate holds its pods, or the kubelet of their node is
 * down.
 */
function denyForEarlierScaleDown(
  review: ScaleDownReview,
  { pods, ring }: Pick<Evidence, "pods" | "ring">,
): RuleFinding {
  if ("unknown" in pods || "unknown" in ring) return null;
  const members = new Set(ring.known.members.map(({ id }) => id));
  const leavers = listPodsOfEarlierScaleDown(review, pods.known).filter((pod) => members.has(pod));
  const [first, ...others] = leavers;
  if (first === undefined) return null;
  const isOne = others.length === 0;
  const why = `an earlier scale-down removes ${listNames(leavers)}, which ${isOne ? "is still a member" : "are still members"} of the ring`;
  return buildMessage(
    `${openDenial(review, why)} Wait until ${isOne ? "it has" : "they have"} left, then retry. Events show what holds a pod.`,
    inspectWith(
      formatKubectl(review, "describe", "statefulset", getTargetSet(review).name),
      formatKubectl(review, "describe", "pod", first),
    ),
  );
}

/** Members that ended while they left: only another member can remove them now. */
function denyForDeadLeavers(
  review: ScaleDownReview,
  dead: readonly string[],
  { ring }: Pick<Evidence, "ring">,
): RuleFinding {
  const isOne = dead.length === 1;
  const state = isOne
    ? "its pod no longer exists, but it is still a member of the ring"
    : "their pods no longer exist, but they are still members of the ring";
  const them = isOne ? "it" : "them";
  return buildMessage(
    `${openDenial(review, `${listNames(dead)} began to leave, and ${state}`)} Remove ${them} from the ring, then retry. To keep ${them}, scale up ` +
      "instead.",
    inspectWith(formatKubectl(review, "get", "lease", recordLease(getTargetSet(review).name), "-o", "yaml")),
    groupCommands(EVICT, ...("known" in ring ? formatEvictCommands(review, ring.known, dead) : [])),
  );
}

function denyPauseWhileLeaving(review: ScaleDownReview, leavers: readonly string[]): RuleFinding {
  if (leavers.length === 0) return null;
  const [first = "", ...others] = new Set(leavers);
  const why = `${listNames([first, ...others])} ${formatPlural(others.length + 1, "is", "are")} still leaving after an earlier scale-down`;
  return buildMessage(
    `${openDenial(review, why)} At zero replicas ${formatPlural(others.length + 1, "it", "they")} would stop without handing over what ${formatPlural(others.length + 1, "it holds", "they hold")}. ` +
      `Wait until ${formatPlural(others.length + 1, "it is", "they are")} gone, then retry.`,
    inspectWith(formatKubectl(review, "get", "pod", first)),
  );
}

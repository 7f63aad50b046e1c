import { formatPolicyName } from "../../../init/contract/plan.ts";
import { assumeDrained } from "../assumptions.ts";
import { DRAIN, formatAnnotate, formatKubectl, formatRunnerCommand, formatScale } from "../commands.ts";
import type { Evidence, LivePod } from "../evidence.ts";
import {
  buildMessage,
  type CommandGroup,
  explainUnlistedPods,
  explainUnreadRecord,
  formatPlural,
  groupCommands,
  namePods,
  ORPHANED,
  openDenial,
} from "../messages.ts";
import { listFromHighest } from "../ordinals.ts";
import { MAINTENANCE } from "../overrides.ts";
import { defineRule, getTargetSet, isGuarded, orphansPods, type ScaleDownReview } from "../rule.ts";

/** How many pods a denial names. */
const MOST = 10;

/**
 * A deletion ends all pods at once. With --cascade=orphan it leaves them to the next StatefulSet of that name, with the
 * label or without it. Rings have a rule of their own (ring-has-members).
 */
export const podsStillExist = defineRule({
  name: "pods-still-exist",
  code: "RC030",
  says: "The StatefulSet would be deleted while it has pods, which its scaleDown.policy protects.",
  needs: ["pods", "record"],
  assumes: (review) => (review.profile.drop.policy === "drained" ? assumeDrained(review) : []),
  appliesTo: (review) => isGuarded(review) && review.ring === null && review.change.operation === "DELETE",
  evaluate: (review, { pods, record }) => {
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    if (pods.known.length === 0) return null;
    const isDrained = review.profile.drop.policy === "drained";
    if (isDrained && "unknown" in record) return { unknown: explainUnreadRecord(review, record.unknown) };
    const left = isDrained ? pods.known.filter((pod) => !hasDrained(record, pod)) : pods.known;
    if (left.length === 0) return null;
    const spans = left.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
    const state = isDrained
      ? formatPlural(left.length, "has not drained", "have not drained")
      : formatPlural(left.length, "still exists", "still exist");
    const what = openDenial(
      review,
      `the profile's scaleDown.policy is ${formatPolicyName(review.profile.drop.policy)}, and ${namePods(review, spans)} ${state}`,
    );
    if (orphansPods(review)) return buildMessage(`${what} ${ORPHANED}`);
    const { name } = getTargetSet(review);
    const deletion = groupCommands(
      "Deletes the StatefulSet:",
      formatKubectl(review, "delete", "statefulset", name),
    );
    if (isDrained) {
      const running = new Map(left.filter((pod) => pod.running).map((pod) => [pod.ordinal, pod.name]));
      const drains = listFromHighest(spans, MOST).flatMap((ordinal) => running.get(ordinal) ?? []);
      return buildMessage(
        `${what} Drain each of them, highest ordinal first, then delete the StatefulSet.`,
        groupCommands(DRAIN, ...drains.map((pod) => formatRunnerCommand(review, pod, "drain"))),
        deletion,
      );
    }
    return buildMessage(
      `${what} Stop all pods first, and delete the StatefulSet when they are gone. The volumes are kept.`,
      ...stop(review),
      deletion,
    );
  },
});

const stop = (review: ScaleDownReview): CommandGroup[] => [
  groupCommands("Stops all pods:", formatAnnotate(review, MAINTENANCE, "<reason>"), formatScale(review, 0)),
  groupCommands("Shows when they are gone:", formatKubectl(review, "get", "pods", "--watch")),
];

function hasDrained(record: Evidence["record"], { name, uid }: LivePod): boolean {
  return "known" in record && record.known?.drained[name]?.podUid === uid;
}

import { formatPolicyName } from "../../../init/contract/plan.ts";
import { assumeDrained, formatFullName } from "../assumptions.ts";
import { DRAIN, formatKubectl, formatRunnerCommand, OR_DRAIN } from "../commands.ts";
import { buildDeleteCommand, buildStopCommands, denyOrphaning } from "../deletionCommands.ts";
import type { Evidence, LivePod } from "../evidence.ts";
import {
  buildMessage,
  explainUnlistedPods,
  explainUnreadRecord,
  formatPlural,
  groupCommands,
  inspectWith,
  namePods,
  openDenial,
} from "../messages.ts";
import { listFromHighest, type Span } from "../ordinals.ts";
import { defineRule, isGuarded, orphansPods, type ScaleDownReview } from "../rule.ts";

/** How many pods a denial names. */
const MOST = 10;

const STOPPING_KEEPS = "no pod has to drain for that, and the volumes are kept";

/**
 * A deletion ends all pods at once. With --cascade=orphan it leaves them to the next StatefulSet of that name, with the
 * label or without it. Rings have a rule of their own (ring-has-members).
 */
export const podsStillExist = defineRule({
  name: "pods-still-exist",
  code: "RC030",
  says: "The StatefulSet would be deleted while it has pods, which its scaleDown.policy protects.",
  needs: ["pods", "record"],
  assumes: (review) => {
    // whether pods of an earlier scale to zero are left, only a cluster knows
    if (review.removed.length === 0) return [`no pod of ${formatFullName(review)} is left`];
    return review.profile.drop.policy === "drained" ? assumeDrained(review) : [];
  },
  appliesTo: (review) => isGuarded(review) && review.ring === null && review.change.operation === "DELETE",
  evaluate: (review, { pods, record }) => {
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    if (pods.known.length === 0) return null;
    const isDrained = review.profile.drop.policy === "drained";
    if (isDrained && "unknown" in record) return explainUnreadRecord(review, record);
    const left = isDrained ? pods.known.filter((pod) => !hasDrained(record, pod)) : pods.known;
    if (left.length === 0) return null;
    const state = isDrained
      ? formatPlural(left.length, "has not drained", "have not drained")
      : formatPlural(left.length, "still exists", "still exist");
    const what = openDenial(
      review,
      `the profile's scaleDown.policy is ${formatPolicyName(review.profile.drop.policy)}, and ${namePods(review, toSpans(left))} ${state}`,
    );
    if (orphansPods(review)) return denyOrphaning(review, what);
    if (isDrained) return denyUndrained(review, left, what);
    return buildMessage(
      `${what} Stop all pods first, and delete the StatefulSet when they are gone. The volumes are kept.`,
      ...buildStopCommands(review),
      buildDeleteCommand(review),
    );
  },
});

function hasDrained(record: Evidence["record"], { name, uid }: LivePod): boolean {
  return "known" in record && record.known?.drained[name]?.podUid === uid;
}

function denyUndrained(review: ScaleDownReview, left: readonly LivePod[], what: string): { message: string } {
  const running = new Map(left.filter((pod) => pod.running).map((pod) => [pod.ordinal, pod.name]));
  const down = left.filter((pod) => !pod.running).slice(0, MOST);
  const drains = listFromHighest(toSpans(left), MOST).flatMap((ordinal) => running.get(ordinal) ?? []);
  const inspect = inspectWith(...down.map(({ name }) => formatKubectl(review, "describe", "pod", name)));
  const drain = (intro: string) =>
    groupCommands(intro, ...drains.map((pod) => formatRunnerCommand(review, pod, "drain")));
  // all others have drained: the last one of a cluster has no peer to hand over to
  if (left.length === 1) {
    return buildMessage(
      `${what} Stop all pods first, and delete the StatefulSet when they are gone: ${STOPPING_KEEPS}. Or drain ` +
        `${down.length === 0 ? "it" : "it when it runs"}, if a peer outside of the StatefulSet can take over what it holds.`,
      inspect,
      ...buildStopCommands(review),
      drain(OR_DRAIN),
      buildDeleteCommand(review),
    );
  }
  return buildMessage(
    `${what} Drain each of them, highest ordinal first, then delete the StatefulSet. Or stop all pods instead, and ` +
      `delete the StatefulSet when they are gone: ${STOPPING_KEEPS}. The last pod may have no peer to drain to.`,
    inspect,
    drain(DRAIN),
    ...buildStopCommands(review, "Or stops all pods:"),
    buildDeleteCommand(review),
  );
}

const toSpans = (pods: readonly LivePod[]): Span[] =>
  pods.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));

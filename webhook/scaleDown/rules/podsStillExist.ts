import { policyName } from "../../../init/contract/plan.ts";
import { assumeDrained } from "../assumptions.ts";
import { annotate, DRAIN, inPod, kubectl, scale } from "../commands.ts";
import type { Evidence, LivePod } from "../evidence.ts";
import {
  type CommandGroup,
  explainUnlistedPods,
  explainUnreadRecord,
  groupCommands,
  message,
  namePods,
  ORPHANED,
  openDenial,
  pluralize,
} from "../messages.ts";
import { fromHighest } from "../ordinals.ts";
import { MAINTENANCE } from "../overrides.ts";
import { type Case, isGuarded, leavesPods, rule, subjectOf } from "../rule.ts";

/** How many pods a denial names. */
const MOST = 10;

/**
 * A deletion ends all pods at once. With --cascade=orphan it leaves them to the next StatefulSet of that name, with the
 * label or without it. Rings have a rule of their own (ring-has-members).
 */
export const podsStillExist = rule({
  name: "pods-still-exist",
  code: "RC030",
  says: "The StatefulSet would be deleted while it has pods, which its scaleDown.policy protects.",
  needs: ["pods", "record"],
  assumes: (asked) => (asked.profile.drop.policy === "drained" ? assumeDrained(asked) : []),
  concerns: (asked) => isGuarded(asked) && asked.ring === null && asked.change.operation === "DELETE",
  decide: (asked, { pods, record }) => {
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    if (pods.known.length === 0) return null;
    const isDrained = asked.profile.drop.policy === "drained";
    if (isDrained && "unknown" in record) return { unknown: explainUnreadRecord(asked, record.unknown) };
    const left = isDrained ? pods.known.filter((pod) => !hasDrained(record, pod)) : pods.known;
    if (left.length === 0) return null;
    const spans = left.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
    const state = isDrained
      ? pluralize(left.length, "has not drained", "have not drained")
      : pluralize(left.length, "still exists", "still exist");
    const what = openDenial(
      asked,
      `the profile's scaleDown.policy is ${policyName(asked.profile.drop.policy)}, and ${namePods(asked, spans)} ${state}`,
    );
    if (leavesPods(asked)) return message(`${what} ${ORPHANED}`);
    const { name } = subjectOf(asked);
    const deletion = groupCommands("Deletes the StatefulSet:", kubectl(asked, "delete", "statefulset", name));
    if (isDrained) {
      const running = new Map(left.filter((pod) => pod.running).map((pod) => [pod.ordinal, pod.name]));
      const drains = fromHighest(spans, MOST).flatMap((ordinal) => running.get(ordinal) ?? []);
      return message(
        `${what} Drain each of them, highest ordinal first, then delete the StatefulSet.`,
        groupCommands(DRAIN, ...drains.map((pod) => inPod(asked, pod, "drain"))),
        deletion,
      );
    }
    return message(
      `${what} Stop all pods first, and delete the StatefulSet when they are gone. The volumes are kept.`,
      ...stop(asked),
      deletion,
    );
  },
});

const stop = (asked: Case): CommandGroup[] => [
  groupCommands("Stops all pods:", annotate(asked, MAINTENANCE, "<reason>"), scale(asked, 0)),
  groupCommands("Shows when they are gone:", kubectl(asked, "get", "pods", "--watch")),
];

function hasDrained(record: Evidence["record"], { name, uid }: LivePod): boolean {
  return "known" in record && record.known?.drained[name]?.podUid === uid;
}

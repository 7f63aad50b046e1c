import { policyName } from "../../../init/contract/plan.ts";
import { assumeDrained } from "../assumptions.ts";
import { annotate, inPod, kubectl, scale } from "../commands.ts";
import type { Evidence, LivePod } from "../evidence.ts";
import { message, ORPHANED, podsOf, setOf } from "../messages.ts";
import { fromHighest } from "../ordinals.ts";
import { MAINTENANCE } from "../overrides.ts";
import { type Case, isGuarded, leavesPods, rule, subjectOf } from "../rule.ts";

/** So many are named in one denial. */
const MOST = 10;

/**
 * A deletion takes all pods at once, or with --cascade=orphan leaves them to whoever creates a set of that name next, with
 * the label or without it. A ring has a rule of its own (ring-has-members).
 */
export const podsStillExist = rule({
  name: "pods-still-exist",
  code: "RC030",
  says: "A StatefulSet would be deleted while pods of it are left, and its scaleDown.policy lets no pod go without a look.",
  needs: ["pods", "record"],
  assumes: (asked) => (asked.profile.drop.policy === "drained" ? assumeDrained(asked) : []),
  concerns: (asked) => isGuarded(asked) && asked.ring === null && asked.change.operation === "DELETE",
  decide: (asked, { pods, record }) => {
    if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
    if (pods.known.length === 0) return null;
    const isDrained = asked.profile.drop.policy === "drained";
    if (isDrained && "unknown" in record)
      return { unknown: `its record could not be read: ${record.unknown}` };
    const left = isDrained ? pods.known.filter((pod) => !hasDrained(record, pod)) : pods.known;
    if (left.length === 0) return null;
    const spans = left.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
    const what =
      `${setOf(asked)} would be deleted while ${podsOf(asked, spans)} ${left.length === 1 ? "is" : "are"} left, and the profile's scaleDown.policy ` +
      `is ${policyName(asked.profile.drop.policy)}`;
    if (leavesPods(asked)) return message(`${what}. ${ORPHANED}`);
    const { name } = subjectOf(asked);
    const deletion = kubectl(asked, "delete", "statefulset", name);
    if (isDrained) {
      const running = new Map(left.filter((pod) => pod.running).map((pod) => [pod.ordinal, pod.name]));
      const drains = fromHighest(spans, MOST).flatMap((ordinal) => running.get(ordinal) ?? []);
      return message(
        `${what}. Drain every pod first, highest ordinal first, then delete the StatefulSet`,
        ...drains.map((pod) => inPod(asked, pod, "drain")),
        deletion,
      );
    }
    return message(
      `${what}. Stop it as a whole first, and delete it when its pods are gone; the volumes stay`,
      ...stop(asked),
      deletion,
    );
  },
});

const stop = (asked: Case): string[] => [
  annotate(asked, MAINTENANCE, "why it stops"),
  scale(asked, 0),
  kubectl(asked, "get", "pods", "--watch"),
];

function hasDrained(record: Evidence["record"], { name, uid }: LivePod): boolean {
  return "known" in record && record.known?.drained[name]?.podUid === uid;
}

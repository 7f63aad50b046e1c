import { recordLease } from "../../../init/contract/record.ts";
import { formatFullName } from "../assumptions.ts";
import { FORGET_RECORD, formatDeleteRecord, formatKubectl } from "../commands.ts";
import { listDepartedPods, listRecordedMembers } from "../members.ts";
import {
  buildMessage,
  explainUnlistedPods,
  explainUnreadRecord,
  groupCommands,
  inspectWith,
  namePods,
  nameRecord,
  openDenial,
} from "../messages.ts";
import { isInSpan } from "../ordinals.ts";
import { defineRule, getTargetSet, isGuarded } from "../rule.ts";

/** How many pods a command names. */
const MOST = 10;

/**
 * After delete --cascade=orphan and a smaller recreation the controller would delete the pods beyond
 * (docs/research/kubernetes-admission.md#ways-to-remove-a-pod).
 */
export const recreatedSmaller = defineRule({
  name: "recreated-smaller",
  code: "RC010",
  says: "The StatefulSet would be recreated with fewer pods than are recorded or still exist.",
  needs: ["record", "pods"],
  assumes: (review) => [
    `an earlier StatefulSet ${formatFullName(review)} has left no other pods than these`,
    `the record (Lease ${recordLease(getTargetSet(review).name)}) lists no other members than these`,
  ],
  appliesTo: (review) => isGuarded(review) && review.change.operation === "CREATE",
  evaluate: (review, { record, pods }) => {
    if ("unknown" in record) return explainUnreadRecord(review, record);
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const { after } = review.change;
    if (after === null) return null;
    const gone = listDepartedPods(record.known);
    const running = pods.known.filter(
      ({ ordinal, name, uid }) => !isInSpan(after.ordinals, ordinal) && gone.get(name) !== uid,
    );
    if (running.length > 0) {
      const spans = running.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
      return buildMessage(
        `${openDenial(review, `its controller would adopt and delete ${namePods(review, spans)} of an earlier StatefulSet of this name`)} ` +
          "Create it with all of these pods, then scale down.",
        inspectWith(formatKubectl(review, "get", "pods", ...running.slice(0, MOST).map(({ name }) => name))),
      );
    }
    // at zero no pod can miss the others; fewer-than-recorded applies when they come back
    const missing =
      record.known === null || after.ordinals.replicas === 0 ? [] : listRecordedMembers(record.known, after);
    if (missing.length === 0) return null;
    const why = `${nameRecord(review)} of an earlier StatefulSet lists pods that still belong to it and would be missing: ${missing.join(", ")}`;
    return buildMessage(
      `${openDenial(review, why)} Create it with all of these pods, then scale down.`,
      groupCommands(FORGET_RECORD, formatDeleteRecord(review)),
    );
  },
});

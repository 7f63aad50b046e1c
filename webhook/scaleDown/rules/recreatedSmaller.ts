import { recordLease } from "../../../init/contract/record.ts";
import { fullName } from "../assumptions.ts";
import { FORGET_RECORD, forgetRecord, kubectl } from "../commands.ts";
import { goneOf, membersIn } from "../members.ts";
import {
  explainUnlistedPods,
  explainUnreadRecord,
  groupCommands,
  inspectWith,
  message,
  namePods,
  nameRecord,
  openDenial,
} from "../messages.ts";
import { holds } from "../ordinals.ts";
import { isGuarded, rule, subjectOf } from "../rule.ts";

/** How many pods a command names. */
const MOST = 10;

/**
 * After delete --cascade=orphan and a smaller recreation the controller would delete the pods beyond
 * (docs/research/kubernetes-admission.md#ways-to-remove-a-pod).
 */
export const recreatedSmaller = rule({
  name: "recreated-smaller",
  code: "RC010",
  says: "The StatefulSet would be recreated with fewer pods than are recorded or still exist.",
  needs: ["record", "pods"],
  assumes: (asked) => [
    `an earlier StatefulSet ${fullName(asked)} has left no other pods than these`,
    `the record (Lease ${recordLease(subjectOf(asked).name)}) lists no other members than these`,
  ],
  concerns: (asked) => isGuarded(asked) && asked.change.operation === "CREATE",
  decide: (asked, { record, pods }) => {
    if ("unknown" in record) return { unknown: explainUnreadRecord(asked, record.unknown) };
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const { after } = asked.change;
    if (after === null) return null;
    const gone = goneOf(record.known);
    const running = pods.known.filter(
      ({ ordinal, name, uid }) => !holds(after.ordinals, ordinal) && gone.get(name) !== uid,
    );
    if (running.length > 0) {
      const spans = running.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
      return message(
        `${openDenial(asked, `its controller would adopt and delete ${namePods(asked, spans)} of an earlier StatefulSet of this name`)} ` +
          "Create it with all of these pods, then scale down.",
        inspectWith(kubectl(asked, "get", "pods", ...running.slice(0, MOST).map(({ name }) => name))),
      );
    }
    // at zero no pod can miss the others; fewer-than-recorded applies when they come back
    const missing =
      record.known === null || after.ordinals.replicas === 0 ? [] : membersIn(record.known, after);
    if (missing.length === 0) return null;
    const why = `${nameRecord(asked)} of an earlier StatefulSet lists pods that have not left and would be missing: ${missing.join(", ")}`;
    return message(
      `${openDenial(asked, why)} Create it with all of these pods, then scale down.`,
      groupCommands(FORGET_RECORD, forgetRecord(asked)),
    );
  },
});

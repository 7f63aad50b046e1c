import { recordLease } from "../../../init/contract/record.ts";
import { fullName } from "../assumptions.ts";
import { FORGET_RECORD, forgetRecord, kubectl } from "../commands.ts";
import { goneOf, membersIn } from "../members.ts";
import { message, podsOf, setOf, sizeOf } from "../messages.ts";
import { holds } from "../ordinals.ts";
import { isGuarded, rule, subjectOf } from "../rule.ts";

/** So many are named in a command. */
const MOST = 10;

/**
 * delete --cascade=orphan and create again, smaller: the controller would take the pods beyond
 * (docs/research/kubernetes-admission.md#ways-to-remove-a-pod).
 */
export const recreatedSmaller = rule({
  name: "recreated-smaller",
  code: "RC010",
  says: "A StatefulSet would be created again with fewer pods than are recorded or still run.",
  needs: ["record", "pods"],
  assumes: (asked) => [
    `no pods of an earlier StatefulSet ${fullName(asked)} run beyond those that it would have`,
    `the record (Lease ${recordLease(subjectOf(asked).name)}) knows no members beyond those that it would have`,
  ],
  concerns: (asked) => isGuarded(asked) && asked.change.operation === "CREATE",
  decide: (asked, { record, pods }) => {
    if ("unknown" in record) return { unknown: `its record could not be read: ${record.unknown}` };
    if ("unknown" in pods) return { unknown: `pods of that name could not be listed: ${pods.unknown}` };
    const { after } = asked.change;
    if (after === null) return null;
    const gone = goneOf(record.known);
    const running = pods.known.filter(
      ({ ordinal, name, uid }) => !holds(after.ordinals, ordinal) && gone.get(name) !== uid,
    );
    if (running.length > 0) {
      const spans = running.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
      return message(
        `${setOf(asked)} would be created with ${sizeOf(after.ordinals)}, but pods of a StatefulSet of that name before are still there: ${podsOf(asked, spans)}. ` +
          `They would be taken over and deleted. Create it with all of them, and scale down then; this shows them`,
        kubectl(asked, "get", "pods", ...running.slice(0, MOST).map(({ name }) => name)),
      );
    }
    // at zero nobody runs who could miss the others: fewer-than-recorded judges when they come back
    const missing =
      record.known === null || after.ordinals.replicas === 0 ? [] : membersIn(record.known, after);
    if (missing.length === 0) return null;
    return message(
      `${setOf(asked)} would be created with ${sizeOf(after.ordinals)}, but the record of the one before has pods that have not left ` +
        `and would be missing: ${missing.join(", ")}. Create it with all of them, and scale down then. Only if they are gone for good: ${FORGET_RECORD}`,
      forgetRecord(asked),
    );
  },
});

import { recordLease } from "../../../init/contract/record.ts";
import { FORGET_RECORD, forgetRecord, patchSpec, scale } from "../commands.ts";
import { membersIn } from "../members.ts";
import { explainUnreadRecord, groupCommands, message, nameRecord, openDenial, sizeOf } from "../messages.ts";
import { ordinalIn } from "../ordinals.ts";
import { type Case, isGuarded, rule, subjectOf } from "../rule.ts";

/** Pods that do not come back from zero would be gone without having left. */
export const fewerThanRecorded = rule({
  name: "fewer-than-recorded",
  code: "RC009",
  says: "Scaling up from zero would bring back fewer pods than the record lists.",
  needs: ["record"],
  assumes: (asked) => [
    `the record (Lease ${recordLease(subjectOf(asked).name)}) lists no more pods than would come back`,
  ],
  concerns: (asked) => {
    const { before, after } = asked.change;
    return (
      isGuarded(asked) && before?.ordinals.replicas === 0 && after !== null && after.ordinals.replicas > 0
    );
  },
  decide: (asked, { record }) => {
    if ("unknown" in record) return { unknown: explainUnreadRecord(asked, record.unknown) };
    const { after } = asked.change;
    if (record.known === null || after === null) return null;
    const missing = membersIn(record.known, after);
    if (missing.length === 0) return null;
    const had = record.known.ordinals;
    const before = had === undefined ? "" : ` (${sizeOf(had)} before)`;
    const why = `${nameRecord(asked)} lists pods that have not left and would be missing: ${missing.join(", ")}${before}`;
    return message(
      `${openDenial(asked, why)} Bring all of them back first, then scale down.`,
      groupCommands("Brings all of them back:", bringBack(asked, missing)),
      groupCommands(FORGET_RECORD, forgetRecord(asked)),
    );
  },
});

/** Includes all missing pods: ordinals in between cannot be left out. */
function bringBack(asked: Case, missing: readonly string[]): string {
  const { name } = subjectOf(asked);
  const { ordinals } = asked.change.after ?? subjectOf(asked);
  const all = missing.flatMap((pod) => ordinalIn(pod, name) ?? []);
  const start = Math.min(ordinals.start, ...all);
  const replicas = Math.max(ordinals.start + ordinals.replicas - 1, ...all) - start + 1;
  return start === ordinals.start
    ? scale(asked, replicas)
    : patchSpec(asked, { replicas, ordinals: { start } });
}

import { recordLease } from "../../../init/contract/record.ts";
import { FORGET_RECORD, forgetRecord, patchSpec, scale } from "../commands.ts";
import { membersIn } from "../members.ts";
import { message, setOf, sizeOf } from "../messages.ts";
import { ordinalIn } from "../ordinals.ts";
import { type Case, isGuarded, rule, subjectOf } from "../rule.ts";

/**
 * From zero all come back, or those that do not would have left without leaving
 * (docs/research/ozone.md#volumes-and-disruption-budgets).
 */
export const fewerThanRecorded = rule({
  name: "fewer-than-recorded",
  code: "RC009",
  says: "After zero replicas fewer would come back than the record says there were.",
  needs: ["record"],
  assumes: (asked) => [
    `the record (Lease ${recordLease(subjectOf(asked).name)}) knows no more pods than would come back`,
  ],
  concerns: (asked) => {
    const { before, after } = asked.change;
    return (
      isGuarded(asked) && before?.ordinals.replicas === 0 && after !== null && after.ordinals.replicas > 0
    );
  },
  decide: (asked, { record }) => {
    if ("unknown" in record) return { unknown: `its record could not be read: ${record.unknown}` };
    const { after } = asked.change;
    if (record.known === null || after === null) return null;
    const missing = membersIn(record.known, after);
    if (missing.length === 0) return null;
    const had = record.known.ordinals;
    return message(
      `${setOf(asked)} would come back from zero with ${sizeOf(after.ordinals)}, but its record has pods that have not left and would be ` +
        `missing: ${missing.join(", ")}${had === undefined ? "" : ` (${sizeOf(had)})`}. Bring all of them back, and scale down then. ` +
        `Only if they are gone for good: ${FORGET_RECORD} (the second command)`,
      bringBack(asked, missing),
      forgetRecord(asked),
    );
  },
});

/** The set with all that are missing: ordinals between them cannot be left out. */
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

import { recordLease } from "../../../init/contract/record.ts";
import { FORGET_RECORD, formatDeleteRecord, formatPatchSpec, formatScale } from "../commands.ts";
import { listRecordedMembers } from "../members.ts";
import {
  buildMessage,
  explainUnreadRecord,
  formatSize,
  groupCommands,
  nameRecord,
  openDenial,
} from "../messages.ts";
import { parseOrdinal } from "../ordinals.ts";
import { defineRule, getTargetSet, isGuarded, type ScaleDownReview } from "../rule.ts";

/** Pods that do not come back from zero would be gone without having left. */
export const fewerThanRecorded = defineRule({
  name: "fewer-than-recorded",
  code: "RC009",
  says: "Scaling up from zero would bring back fewer pods than the record lists.",
  needs: ["record"],
  assumes: (review) => [
    `the record (Lease ${recordLease(getTargetSet(review).name)}) lists no more pods than would come back`,
  ],
  appliesTo: (review) => {
    const { before, after } = review.change;
    return (
      isGuarded(review) && before?.ordinals.replicas === 0 && after !== null && after.ordinals.replicas > 0
    );
  },
  evaluate: (review, { record }) => {
    if ("unknown" in record) return explainUnreadRecord(review, record);
    const { after } = review.change;
    if (record.known === null || after === null) return null;
    const missing = listRecordedMembers(record.known, after);
    if (missing.length === 0) return null;
    const had = record.known.ordinals;
    const before = had === undefined ? "" : ` (${formatSize(had)} before)`;
    const why = `${nameRecord(review)} lists pods that still belong to the StatefulSet and would be missing: ${missing.join(", ")}${before}`;
    return buildMessage(
      `${openDenial(review, why)} Bring all of them back first, then scale down.`,
      groupCommands("Brings all of them back:", formatBringBack(review, missing)),
      groupCommands(FORGET_RECORD, formatDeleteRecord(review)),
    );
  },
});

/** Includes all missing pods: ordinals in between cannot be left out. */
function formatBringBack(review: ScaleDownReview, missing: readonly string[]): string {
  const { name } = getTargetSet(review);
  const { ordinals } = review.change.after ?? getTargetSet(review);
  const all = missing.flatMap((pod) => parseOrdinal(pod, name) ?? []);
  const start = Math.min(ordinals.start, ...all);
  const replicas = Math.max(ordinals.start + ordinals.replicas - 1, ...all) - start + 1;
  return start === ordinals.start
    ? formatScale(review, replicas)
    : formatPatchSpec(review, { replicas, ordinals: { start } });
}

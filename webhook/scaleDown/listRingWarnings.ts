// Warns of a change that adds or removes members of a ring while the record says that no new member can join: one that is
// added waits, and one that is removed could not come back. It is a warning and not a denial, because the record is as old
// as the last member that asked; a member that joins asks again.
import type { Evidence } from "./evidence.ts";
import { findRemovedSpans, listFromHighest, parseOrdinal } from "./ordinals.ts";
import type { ScaleDownReview } from "./rule.ts";

/** @param readRecord called only where members would be added or removed */
export async function listRingWarnings(
  review: ScaleDownReview,
  readRecord: () => Promise<Evidence["record"]>,
): Promise<string[]> {
  const { change, ring, profile, toZero } = review;
  // a stop of all pods and their return change no membership
  if (ring === null || change.operation !== "UPDATE" || toZero) return [];
  const { name, namespace, ordinals } = change.after;
  const formatNames = (spans: typeof review.removed): string[] =>
    listFromHighest(spans, profile.nodeId.size).map((ordinal) => `${name}-${ordinal}`);
  const added = formatNames(findRemovedSpans(ordinals, change.before.ordinals));
  const removed = formatNames(review.removed);
  if (added.length + removed.length === 0) return [];
  const record = await readRecord();
  const recorded = "known" in record ? record.known?.ring : undefined;
  if (recorded?.joinObstacle === undefined) return [];
  const { members, joinObstacle } = recorded;
  const joining = added.filter((pod) => !members.includes(pod));
  const leaving = removed.filter((pod) => members.includes(pod));
  if (joining.length + leaving.length === 0) return [];
  // its text is that of a pod's author
  const isPod = (pod: string): boolean => parseOrdinal(pod, name) !== null;
  const witness = isPod(joinObstacle.pod) ? joinObstacle.pod : null;
  const remaining = members.find((pod) => isPod(pod) && !leaving.includes(pod));
  const warning = ring.formatObstacle(joinObstacle, {
    namespace,
    member: remaining ?? `${name}-${ordinals.start}`,
    witness,
    joining,
    leaving,
  });
  return warning === null ? [] : [warning];
}

// Which content the pods of a StatefulSet have, such as OTOBO's packages (presets/otobo/runner/packages): counts for the
// metrics, from what each pod has written into the record. A pod chooses what it writes, so nothing of it becomes a label.
import type { WorkloadRecord } from "../../init/contract/record.ts";

export const CONTENT_STATES = ["current", "other", "failing", "unknown"] as const;

/**
 * current: the pod has the set for which everything is done that is done once; other: another set; failing: it cannot take
 * up a part of the set; unknown: it has recorded none.
 */
export type ContentState = (typeof CONTENT_STATES)[number];

export interface ContentSummary {
  /** the most sets that the pods of one StatefulSet have */
  readonly sets: number;
  readonly pods: Readonly<Record<ContentState, number>>;
}

export const NO_CONTENT: ContentSummary = {
  sets: 0,
  pods: { current: 0, other: 0, failing: 0, unknown: 0 },
};

interface ContentSet {
  readonly name: string;
  readonly start: number;
  readonly replicas: number;
  /** its pods do what is done once; otherwise those of another StatefulSet do, and it is in the record of that one */
  readonly settles: boolean;
}

/**
 * Counts only pods that the StatefulSet has now: the record may still list others.
 * @param record null: there is none that can be read
 */
export function summarizeContent(
  { name, start, replicas, settles }: ContentSet,
  record: Pick<WorkloadRecord, "content"> | null,
): ContentSummary {
  const { settled, pods: recorded = {} } = record?.content ?? {};
  const counts = { ...NO_CONTENT.pods };
  const ids = new Set<string>();
  let known = 0;
  for (const [pod, { id, fault }] of Object.entries(recorded)) {
    const ordinal = readOrdinal(name, pod);
    if (ordinal === null || ordinal < start || ordinal >= start + replicas) continue;
    known += 1;
    ids.add(id);
    if (fault !== undefined) counts.failing += 1;
    else if (!settles || id === settled?.id) counts.current += 1;
    else counts.other += 1;
  }
  counts.unknown = Math.max(0, replicas - known);
  return { sets: ids.size, pods: counts };
}

function readOrdinal(set: string, pod: string): number | null {
  const text = pod.startsWith(`${set}-`) ? pod.slice(set.length + 1) : "";
  return /^(?:0|[1-9]\d{0,9})$/.test(text) ? Number(text) : null;
}

export function mergeSummaries(one: ContentSummary, other: ContentSummary): ContentSummary {
  const pods = { ...one.pods };
  for (const state of CONTENT_STATES) pods[state] += other.pods[state];
  return { sets: Math.max(one.sets, other.sets), pods };
}

/** What an administrator should look at, or null. */
export function findContentFault({ sets, pods }: ContentSummary): string | null {
  if (pods.failing > 0)
    return `${pods.failing} of its pods cannot take up a part of the content that they should have`;
  return sets > 1 ? `its pods have ${sets} different sets of content` : null;
}

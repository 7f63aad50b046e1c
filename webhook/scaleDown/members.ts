// Members according to the record, which outlives pods and volumes (docs/architecture.md#record).
import type { WorkloadRecord as Written } from "../../init/contract/record.ts";
import { findRemovedSpans, isInSpan, listFromHighest, parseOrdinal, type Span } from "./ordinals.ts";
import type { SetState } from "./setState.ts";

/** How many a message names. */
const MOST_NAMES = 10;

/** Pods that have left or drained: their names, each with the uid that it had. */
export function listDepartedPods(record: Written | null): ReadonlyMap<string, string | undefined> {
  const drained = Object.entries(record?.drained ?? {}).map(([pod, { podUid }]) => [pod, podUid] as const);
  const left = Object.entries(record?.tombstones ?? {})
    .filter(([, { finished }]) => finished)
    .map(([pod, { podUid }]) => [pod, podUid] as const);
  return new Map([...drained, ...left]);
}

/**
 * Recorded members that have not left and that a StatefulSet of these ordinals would not have.
 * @returns names, highest ordinal first
 */
export function listRecordedMembers(record: Written, { name, ordinals }: SetState): string[] {
  const gone = listDepartedPods(record);
  const recorded = record.ordinals === undefined ? [] : findRemovedSpans(toSpan(record.ordinals), ordinals);
  // enough to fill the list even if the first ones are gone
  const counted = listFromHighest(recorded, MOST_NAMES + gone.size).map((ordinal) => `${name}-${ordinal}`);
  const inRing = (record.ring?.members ?? []).filter((id) => {
    const ordinal = parseOrdinal(id, name);
    return ordinal === null || !isInSpan(ordinals, ordinal);
  });
  return [...new Set([...counted, ...inRing])].filter((pod) => !gone.has(pod)).slice(0, MOST_NAMES);
}

const toSpan = ({ start, replicas }: Span): Span => ({ start, replicas });

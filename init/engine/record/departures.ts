// A pod's departure in the record: its intent, its tombstone and its drain. Pure.
import type { WorkloadRecord } from "../../contract/record.ts";

/** The record without all entries about a pod's departure. */
export function withoutTraces(record: WorkloadRecord, pod: string): WorkloadRecord {
  return {
    ...record,
    drained: omitPod(record.drained, pod),
    intents: omitPod(record.intents, pod),
    tombstones: omitPod(record.tombstones, pod),
  };
}

/** The record without a pod's intent to leave. */
export const withoutIntent = (record: WorkloadRecord, pod: string): WorkloadRecord => ({
  ...record,
  intents: omitPod(record.intents, pod),
});

const omitPod = <T>(map: { [pod: string]: T }, pod: string): { [pod: string]: T } =>
  Object.fromEntries(Object.entries(map).filter(([name]) => name !== pod));

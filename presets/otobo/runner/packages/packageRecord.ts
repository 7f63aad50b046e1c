// What the record of the StatefulSet says of packages: which pod has which set.
import type { Plan } from "../../../../init/contract/plan.ts";
import type { WorkloadRecord } from "../../../../init/contract/record.ts";
import type { RecordStore } from "../../../../init/engine/record/recordStore.ts";
import type { WhyNot } from "../otobo.ts";

/** The record is one annotation, so a reason is a sentence and not a log. */
const LONGEST_FAULT = 300;

export interface PodContent {
  /** the set that the pod has */
  id: string;
  fault: string | null;
}

/** Writes what this pod has, unless the record says so already. */
export async function recordPodContent(
  { plan, records, podUid, at }: { plan: Plan; records: RecordStore; podUid: string; at: string },
  content: PodContent,
): Promise<WhyNot> {
  const changed = await records.change(null, (record) =>
    withPodContent(record, plan.identity.pod, { ...content, podUid, at }),
  );
  return "record" in changed ? null : "the record of the StatefulSet cannot be written";
}

export function withPodContent(
  record: WorkloadRecord,
  pod: string,
  { id, fault, podUid, at }: PodContent & { podUid: string; at: string },
): WorkloadRecord {
  const before = record.content?.pods ?? {};
  const short = fault === null ? undefined : fault.slice(0, LONGEST_FAULT);
  const known = before[pod];
  if (known !== undefined && known.id === id && known.podUid === podUid && known.fault === short)
    return record;
  // without pods that have left: one that comes back has another uid
  const rest = Object.entries(before).filter(
    ([name, entry]) =>
      name !== pod && record.tombstones[name] === undefined && record.drained[name]?.podUid !== entry.podUid,
  );
  const entry = { id, at, podUid, ...(short === undefined ? {} : { fault: short }) };
  return { ...record, content: { ...record.content, pods: Object.fromEntries([...rest, [pod, entry]]) } };
}

/** A release's id without the set of packages. */
const withoutPackages = (id: string): string => id.replace(/ packages:\d+:[0-9a-f]+/, "");

/**
 * The record once a set is settled: pods that start from now on have nothing of the release to do.
 * @param release the release's id with the new set; null: steps of the release are left to the next start
 */
export function withSettled(
  record: WorkloadRecord,
  { id, at, pod }: { id: string; at: string; pod: string },
  { release, fence }: { release: string | null; fence: number },
): WorkloadRecord {
  const settled = { ...record, content: { ...record.content, settled: { id, at, pod } } };
  const done = record.release;
  // another release is in progress, or is not done: its own steps include the packages
  const isSame =
    release !== null &&
    done !== undefined &&
    record.releasing === undefined &&
    withoutPackages(done.id) === withoutPackages(release);
  return isSame && done.id !== release ? { ...settled, release: { id: release, at, pod, fence } } : settled;
}

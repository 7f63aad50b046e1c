// A release step under the lock: verified if it was done or begun before; otherwise recorded as begun, run, verified
// and recorded as done.
import { isDeepStrictEqual } from "node:util";
import type { Failure } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import type { OpenLock } from "../lock/open.ts";
import type { AskApi } from "../ports.ts";
import {
  type ProgressMark,
  readStepProgress,
  type StepProgress,
  withBegun,
  withDone,
} from "../record/progress.ts";
import type { RecordStore } from "../record/recordStore.ts";
import { doStepWithRetries } from "../step.ts";
import { buildMarkerEntry, type ProveInput, prove } from "./prove.ts";
import { checkRevision } from "./revision.ts";

export interface ReleaseInput extends ProveInput {
  askApi: AskApi;
  records: RecordStore;
  openLock: OpenLock;
}

export type StepOutcome = "ran" | "skipped" | Failure;
/** again: the state has changed, so start over */
export type StepTurn = StepOutcome | "again";

/** Reads the record again under the lock, because the previous holder may have done the step. */
export async function doStepUnderLock(input: ReleaseInput, lease: LeaseHandle): Promise<StepTurn> {
  const { plan, step, world, records, askApi, markerWriter } = input;
  const read = await records.read();
  if ("failure" in read) return read.failure;
  const progress = readStepProgress(read.record, plan, step);
  const at = world.now().toISOString();
  const mark: ProgressMark = { plan, step, runId: world.runId, at };
  const proven =
    progress.state === "none" ? null : await proveFinished(input, lease, { mark, observed: progress });
  if (proven !== null) return proven;
  const newest = await checkRevision(plan, askApi);
  if (newest.is !== "newest" || lease.lost.aborted) return "again";
  const unusable = (await markerWriter.whyNotWritable()) ?? (await markerWriter.withdraw(step));
  if (unusable !== null) return unusable;
  // from here on a holder with a lower fencing token cannot write
  const begun = await begin(input, lease, { mark, observed: progress });
  if (begun !== null) return begun;
  return carryOut(input, lease, mark);
}

/** null: it does not hold, so it must be done */
async function proveFinished(
  input: ReleaseInput,
  lease: LeaseHandle,
  { mark, observed }: { mark: ProgressMark; observed: StepProgress },
): Promise<StepTurn | null> {
  // an interrupted run may have completed its work: verify it before doing it again
  const proven = await prove(input, `${observed.state} by pod ${observed.pod}`);
  if (proven !== "skipped" || observed.state === "done") return proven;
  return (await write(input, lease, (record) => withDone(record, mark, lease.fence))) ?? proven;
}

async function carryOut(input: ReleaseInput, lease: LeaseHandle, mark: ProgressMark): Promise<StepTurn> {
  const { plan, step, world, markerWriter, onLine } = input;
  const done = await doStepWithRetries(step, world, onLine, { abort: lease.lost });
  if (lease.lost.aborted) return "again";
  if ("failure" in done) return done.failure;
  const stopped = await write(input, lease, (record) => withDone(record, mark, lease.fence));
  if (stopped !== null) return stopped;
  world.log(`step ${step.name}: done for release ${plan.release} (${done.evidence})`);
  return (await markerWriter.add(buildMarkerEntry(input, mark.at, done.evidence))) ?? "ran";
}

/** Records the step as begun; "again" if its recorded state has changed since it was read. */
async function begin(
  input: ReleaseInput,
  lease: LeaseHandle,
  { mark, observed }: { mark: ProgressMark; observed: StepProgress },
): Promise<Failure | "again" | null> {
  const { plan, step, records, world } = input;
  const changed = await records.change(lease.fence, (record) =>
    isDeepStrictEqual(readStepProgress(record, plan, step), observed) ? withBegun(record, mark) : record,
  );
  if ("failure" in changed) return changed.failure;
  if ("fenced" in changed) return "again";
  return readStepProgress(changed.record, plan, step).runId === world.runId ? null : "again";
}

/** null: written; "again": a holder with a higher fencing token has written */
async function write(
  { records, step, world }: ReleaseInput,
  lease: LeaseHandle,
  edit: Parameters<RecordStore["change"]>[1],
): Promise<Failure | "again" | null> {
  const changed = await records.change(lease.fence, edit);
  if ("failure" in changed) return changed.failure;
  if ("record" in changed) return null;
  world.log(
    `step ${step.name}: fencing token ${lease.fence} is outdated, the record has ${changed.fenced}; nothing was recorded`,
  );
  return "again";
}

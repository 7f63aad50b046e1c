// A release step under the lock: proven if somebody has come to its end before, else begun, done, proven and recorded.
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
  book: RecordStore;
  openLock: OpenLock;
}

export type StepOutcome = "ran" | "skipped" | Failure;
/** again: the world has changed meanwhile, look once more */
export type StepTurn = StepOutcome | "again";

/** Under the lock the record is read again: whoever held it before may have done the step. */
export async function doStepUnderLock(input: ReleaseInput, held: LeaseHandle): Promise<StepTurn> {
  const { plan, step, world, book, askApi, ledger } = input;
  const read = await book.read();
  if ("failure" in read) return read.failure;
  const progress = readStepProgress(read.record, plan, step);
  const at = world.now().toISOString();
  const mark: ProgressMark = { plan, step, runId: world.runId, at };
  const proven =
    progress.state === "none" ? null : await proveFinished(input, held, { mark, seen: progress });
  if (proven !== null) return proven;
  const newest = await checkRevision(plan, askApi);
  if (newest.is !== "newest" || held.lost.aborted) return "again";
  const unusable = (await ledger.whyNotWritable()) ?? (await ledger.withdraw(step));
  if (unusable !== null) return unusable;
  // the intent: from here on a holder of an older fencing number cannot write any more
  const begun = await begin(input, held, { mark, seen: progress });
  if (begun !== null) return begun;
  return carryOut(input, held, mark);
}

/** Null: it does not hold, so it is to be done. */
async function proveFinished(
  input: ReleaseInput,
  held: LeaseHandle,
  { mark, seen }: { mark: ProgressMark; seen: StepProgress },
): Promise<StepTurn | null> {
  // a run that was cut off may have done its work to the end: it is not done twice if it is proven
  const proven = await prove(input, `was ${seen.state} by pod ${seen.pod}`);
  if (proven !== "skipped" || seen.state === "done") return proven;
  return (await write(input, held, (record) => withDone(record, mark, held.fence))) ?? proven;
}

async function carryOut(input: ReleaseInput, held: LeaseHandle, mark: ProgressMark): Promise<StepTurn> {
  const { plan, step, world, ledger, onLine } = input;
  const done = await doStepWithRetries(step, world, onLine, held.lost);
  if (held.lost.aborted) return "again";
  if ("failure" in done) return done.failure;
  const stopped = await write(input, held, (record) => withDone(record, mark, held.fence));
  if (stopped !== null) return stopped;
  world.log(`step ${step.name}: done for release ${plan.release} (${done.evidence})`);
  return (await ledger.add(buildMarkerEntry(input, mark.at, done.evidence))) ?? "ran";
}

/** Records the intent, unless the step has come further since it was looked at: then it is looked at again. */
async function begin(
  input: ReleaseInput,
  held: LeaseHandle,
  { mark, seen }: { mark: ProgressMark; seen: StepProgress },
): Promise<Failure | "again" | null> {
  const { plan, step, book, world } = input;
  const changed = await book.change(held.fence, (record) =>
    isDeepStrictEqual(readStepProgress(record, plan, step), seen) ? withBegun(record, mark) : record,
  );
  if ("failure" in changed) return changed.failure;
  if ("fenced" in changed) return "again";
  return readStepProgress(changed.record, plan, step).runId === world.runId ? null : "again";
}

/** null: written; "again": somebody with a later fencing number has written before */
async function write(
  { book, step, world }: ReleaseInput,
  held: LeaseHandle,
  edit: Parameters<RecordStore["change"]>[1],
): Promise<Failure | "again" | null> {
  const changed = await book.change(held.fence, edit);
  if ("failure" in changed) return changed.failure;
  if ("record" in changed) return null;
  world.log(
    `step ${step.name}: fencing number ${held.fence} is out of date, ${changed.fenced} has written; nothing was recorded`,
  );
  return "again";
}

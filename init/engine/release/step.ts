// A step of scope release: done once for each release by one of the newest pods, whichever comes first. The record
// says whether it is done, the lock says who may do it, and verify has the last word (I4).
import { isDeepStrictEqual } from "node:util";
import { type Plan, type PlanStep, stepDigest } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import type { Ledger } from "../ledger.ts";
import type { Held } from "../lock/hold.ts";
import type { OpenLock } from "../lock/open.ts";
import { gaveUp, type UnderLock, underLock } from "../lock/under.ts";
import type { AskApi, World } from "../ports.ts";
import type { Book } from "../record/book.ts";
import { type Mark, type Progress, progressOf, withBegun, withDone } from "../record/progress.ts";
import { doStepWithRetries } from "../retry.ts";
import { holdsNow, type OnLine, stillHolds } from "../step.ts";
import { isNewest } from "./revision.ts";

export interface ReleaseInput {
  plan: Plan;
  step: PlanStep;
  ledger: Ledger;
  world: World;
  askApi: AskApi;
  book: Book;
  openLock: OpenLock;
  onLine: OnLine;
}

type Taken = "ran" | "skipped" | Failure;
/** again: the world has changed meanwhile, look once more */
type Turn = Taken | "again";

/** How often a pod of an older revision looks whether its turn has come. */
const LOOK_EVERY_MS = 5_000;
/** Beyond what the step itself may take: for servers and controllers that restart. */
const PATIENCE_MS = 120_000;

/** Takes a release step: proven already, done here, or waited for. */
export async function takeReleaseStep(input: ReleaseInput): Promise<Taken> {
  const { world, step, plan } = input;
  const began = world.monotonic();
  const deadline = began + longestMs(step, plan.lock.seconds);
  for (;;) {
    const turn = await takeTurn(input, { began, deadline });
    if (turn !== "again") return turn;
    if (world.stop.aborted) return { name: "stopped", step: step.name };
    if (world.monotonic() >= deadline) {
      return gaveUp({ what: `step ${step.name}`, began, world }, "another pod to do it");
    }
  }
}

/** The step's own limits, once for whoever does it now and once for ourselves, and the lock's time. */
function longestMs({ timeoutSeconds, retries }: PlanStep, lockSeconds: number): number {
  const once = 2 * timeoutSeconds * (retries + 1);
  return (2 * once + 2 * lockSeconds) * 1000 + PATIENCE_MS;
}

interface Bounds {
  began: number;
  deadline: number;
}

async function takeTurn(input: ReleaseInput, bounds: Bounds): Promise<Turn> {
  const { plan, step, world, book, askApi } = input;
  const read = await book.read();
  if ("failure" in read) return read.failure;
  const progress = progressOf(read.record, plan, step);
  let broken = false;
  if (progress.state === "done") {
    const proven = await prove(input, `was done by pod ${progress.pod}`);
    if (proven !== null) return proven;
    world.log(`step ${step.name}: is recorded as done by pod ${progress.pod}, but its verify does not hold`);
    broken = true;
  }
  const newest = await isNewest(plan, askApi);
  if (newest.is === "failed") return { name: "record-unusable", where: "the StatefulSet", why: newest.why };
  if (newest.is !== "newest") {
    const why = newest.is === "older" ? `this pod's revision is older than ${newest.newest}` : newest.why;
    // nobody else does it for this revision: what holds all the same is enough
    if (newest.is === "older" && !broken) {
      const proven = await prove(input, "holds although another release is recorded");
      if (proven !== null) return proven;
    }
    world.log(`step ${step.name}: waiting, ${why}`);
    await world.pause(newest.is === "older" ? LOOK_EVERY_MS : 1_000);
    return "again";
  }
  const under: UnderLock = {
    plan,
    world,
    open: input.openLock,
    what: step.name,
    ...bounds,
    floor: read.record.fence,
    isStillWanted: async () => broken || !(await isDone(input)),
  };
  const result = await underLock(under, (held) => doUnderLock(input, held));
  if (typeof result === "object" && "failure" in result) return result.failure;
  return result === "not-wanted" ? "again" : result;
}

/** What cannot be found out while waiting is asked again under the lock. */
async function isDone({ book, plan, step }: ReleaseInput): Promise<boolean> {
  const read = await book.read();
  return "record" in read && progressOf(read.record, plan, step).state === "done";
}

/** Under the lock the record is read again: whoever held it before may have done the step. */
async function doUnderLock(input: ReleaseInput, held: Held): Promise<Turn> {
  const { plan, step, world, book, askApi, ledger, onLine } = input;
  const read = await book.read();
  if ("failure" in read) return read.failure;
  const progress = progressOf(read.record, plan, step);
  const at = world.now().toISOString();
  const mark: Mark = { plan, step, runId: world.runId, at };
  if (progress.state !== "none") {
    // a run that was cut off may have done its work to the end: it is not done twice if it is proven
    const proven = await prove(input, `was ${progress.state} by pod ${progress.pod}`);
    if (proven !== null && proven !== "skipped") return proven;
    if (proven === "skipped" && progress.state === "done") return proven;
    if (proven === "skipped") {
      return (await write(input, held, (record) => withDone(record, mark, held.fence))) ?? proven;
    }
  }
  const newest = await isNewest(plan, askApi);
  if (newest.is !== "newest" || held.lost.aborted) return "again";
  const unusable = (await ledger.whyNotWritable()) ?? (await ledger.withdraw(step));
  if (unusable !== null) return unusable;
  // the intent: from here on a holder of an older fencing number cannot write any more
  const begun = await begin(input, held, { mark, seen: progress });
  if (begun !== null) return begun;
  const done = await doStepWithRetries(step, world, onLine, held.lost);
  if (held.lost.aborted) return "again";
  if ("failure" in done) return done.failure;
  const stopped = await write(input, held, (record) => withDone(record, mark, held.fence));
  if (stopped !== null) return stopped;
  world.log(`step ${step.name}: done for release ${plan.release} (${done.evidence})`);
  return (await ledger.add(entryOf(input, at, done.evidence))) ?? "ran";
}

/** Records the intent, unless the step has come further since it was looked at: then it is looked at again. */
async function begin(
  input: ReleaseInput,
  held: Held,
  { mark, seen }: { mark: Mark; seen: Progress },
): Promise<Failure | "again" | null> {
  const { plan, step, book, world } = input;
  const changed = await book.change(held.fence, (record) =>
    isDeepStrictEqual(progressOf(record, plan, step), seen) ? withBegun(record, mark) : record,
  );
  if ("failure" in changed) return changed.failure;
  if ("fenced" in changed) return "again";
  return progressOf(changed.record, plan, step).runId === world.runId ? null : "again";
}

/** null: written; "again": somebody with a later fencing number has written before */
async function write(
  { book, step, world }: ReleaseInput,
  held: Held,
  edit: Parameters<Book["change"]>[1],
): Promise<Failure | "again" | null> {
  const changed = await book.change(held.fence, edit);
  if ("failure" in changed) return changed.failure;
  if ("record" in changed) return null;
  world.log(
    `step ${step.name}: fencing number ${held.fence} is out of date, ${changed.fenced} has written; nothing was recorded`,
  );
  return "again";
}

/** Proves a step that somebody else, or this pod before, has done: "skipped", a failure, or null where it does not hold. */
async function prove(input: ReleaseInput, told: string): Promise<"skipped" | Failure | null> {
  const { step, world, ledger, onLine } = input;
  const startedAt = world.now().toISOString();
  const marked = ledger.standing(step) === "marked";
  const holds = await (marked ? stillHolds : holdsNow)(step, world, onLine);
  if ("failure" in holds) return holds.failure;
  if (!holds.holds) return null;
  world.log(`step ${step.name}: ${told} (${holds.evidence}), not run here`);
  if (marked) return "skipped";
  const unusable = await ledger.whyNotWritable();
  return unusable ?? (await ledger.add(entryOf(input, startedAt, `${holds.evidence}; ${told}`))) ?? "skipped";
}

function entryOf({ step, world }: ReleaseInput, startedAt: string, evidence: string) {
  const finishedAt = world.now().toISOString();
  return { name: step.name, digest: stepDigest(step), runId: world.runId, startedAt, finishedAt, evidence };
}

// A step of scope release: done once for each release by one of the newest pods, whichever comes first. The record
// says whether it is done, the lock says who may do it, and verify has the last word (I4).
import type { PlanStep } from "../../contract/plan.ts";
import { describeTimeout, withLock } from "../lock/withLock.ts";
import { readStepProgress } from "../record/progress.ts";
import { prove } from "./prove.ts";
import { checkRevision, type RevisionCheck } from "./revision.ts";
import { doStepUnderLock, type ReleaseInput, type StepOutcome, type StepTurn } from "./work.ts";

/** How often a pod of an older revision looks whether its turn has come. */
const LOOK_EVERY_MS = 5_000;
/** Beyond what the step itself may take: for servers and controllers that restart. */
const PATIENCE_MS = 120_000;

/** Takes a release step: proven already, done here, or waited for. */
export async function takeReleaseStep(input: ReleaseInput): Promise<StepOutcome> {
  const { world, step, plan } = input;
  const began = world.monotonic();
  const deadline = began + longestMs(step, plan.lock.seconds);
  const waiting: WaitState = { began, deadline, told: "" };
  for (;;) {
    const turn = await takeTurn(input, waiting);
    if (turn !== "again") return turn;
    if (world.stop.aborted) return { name: "stopped", step: step.name };
    if (world.monotonic() >= deadline) {
      return describeTimeout({ what: `step ${step.name}`, began, world }, "another pod to do it");
    }
  }
}

/** The step's own limits, once for whoever does it now and once for ourselves, and the lock's time. */
function longestMs({ timeoutSeconds, retries }: PlanStep, lockSeconds: number): number {
  const once = 2 * timeoutSeconds * (retries + 1);
  return (2 * once + 2 * lockSeconds) * 1000 + PATIENCE_MS;
}

interface WaitState {
  /** monotonic milliseconds */
  began: number;
  deadline: number;
  /** what the log was told already */
  told: string;
}

async function takeTurn(input: ReleaseInput, waiting: WaitState): Promise<StepTurn> {
  const { plan, step, world, book, askApi } = input;
  const read = await book.read();
  if ("failure" in read) return read.failure;
  const progress = readStepProgress(read.record, plan, step);
  const isRecorded = progress.state === "done";
  if (isRecorded) {
    const proven = await prove(input, `was done by pod ${progress.pod}`);
    if (proven !== null) return proven;
    world.log(`step ${step.name}: is recorded as done by pod ${progress.pod}, but its verify does not hold`);
  }
  const newest = await checkRevision(plan, askApi);
  if (newest.is === "failed") return { name: "record-unusable", where: "the StatefulSet", why: newest.why };
  if (newest.is !== "newest") return waitForTurn(input, waiting, { newest, isRecorded });
  const result = await withLock(
    {
      plan,
      world,
      open: input.openLock,
      what: `step ${step.name}`,
      ...waiting,
      lastFence: read.record.fence,
      // what was seen to be undone is done again by whoever gets the lock
      isStillWanted: async () => isRecorded || !(await isDone(input)),
    },
    (held) => doStepUnderLock(input, held),
  );
  if (typeof result === "object" && "failure" in result) return result.failure;
  return result === "not-wanted" ? "again" : result;
}

/** A pod that is not of the newest revision, or cannot tell: it runs nothing. */
async function waitForTurn(
  input: ReleaseInput,
  waiting: WaitState,
  {
    newest,
    isRecorded,
  }: { newest: Exclude<RevisionCheck, { is: "newest" | "failed" }>; isRecorded: boolean },
): Promise<StepTurn> {
  const { world, step } = input;
  const isOlder = newest.is === "older";
  // nobody does it for this revision any more: what holds all the same is enough
  const proven =
    isOlder && !isRecorded ? await prove(input, "holds, and another release is the newest") : null;
  if (proven !== null) return proven;
  const why = isOlder ? `this pod's revision is older than ${newest.newest}` : newest.why;
  if (waiting.told !== why) world.log(`step ${step.name}: waiting, since ${why}`);
  waiting.told = why;
  await world.pause(isOlder ? LOOK_EVERY_MS : 1_000);
  return "again";
}

/** What cannot be found out while waiting is asked again under the lock. */
async function isDone({ book, plan, step }: ReleaseInput): Promise<boolean> {
  const read = await book.read();
  return "record" in read && readStepProgress(read.record, plan, step).state === "done";
}

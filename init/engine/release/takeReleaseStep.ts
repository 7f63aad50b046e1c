// A step of scope Release: done once per release by the first pod of the newest revision. The record says whether it is
// done, the lock who may do it, and verify decides (I4 in docs/architecture.md).
import type { PlanStep } from "../../contract/plan.ts";
import { describeTimeout, withLock } from "../lock/withLock.ts";
import { readStepProgress } from "../record/progress.ts";
import { prove } from "./prove.ts";
import { checkRevision, type RevisionCheck } from "./revision.ts";
import { doStepUnderLock, type ReleaseInput, type StepOutcome, type StepTurn } from "./work.ts";

/** How often a pod of an older revision checks whether it may go on. */
const POLL_INTERVAL_MS = 5_000;
/** Added to the step's own limits, for restarts of servers and controllers. */
const PATIENCE_MS = 120_000;

/** Takes a release step: verifies it, does it, or waits for another pod to do it. */
export async function takeReleaseStep(input: ReleaseInput): Promise<StepOutcome> {
  const { world, step, plan } = input;
  const began = world.monotonic();
  const deadline = began + computePatienceMs(step, plan.lock.seconds);
  const waiting: WaitState = { began, deadline, lastLogged: "" };
  for (;;) {
    const turn = await tryStep(input, waiting);
    if (turn !== "again") return turn;
    if (world.stop.aborted) return { name: "stopped", step: step.name };
    if (world.monotonic() >= deadline) {
      return describeTimeout({ what: `step ${step.name}`, began, world }, "another pod to do it");
    }
  }
}

/** The step's limits, once for the pod that is doing it and once for this pod, and the lock's. */
function computePatienceMs({ timeoutSeconds, retries }: PlanStep, lockSeconds: number): number {
  const once = 2 * timeoutSeconds * (retries + 1);
  return (2 * once + 2 * lockSeconds) * 1000 + PATIENCE_MS;
}

interface WaitState {
  /** monotonic milliseconds */
  began: number;
  deadline: number;
  /** the reason that was logged last */
  lastLogged: string;
}

async function tryStep(input: ReleaseInput, waiting: WaitState): Promise<StepTurn> {
  const { plan, step, world, records, askApi } = input;
  const read = await records.read();
  if ("failure" in read) return read.failure;
  const progress = readStepProgress(read.record, plan, step);
  const isRecorded = progress.state === "done";
  if (isRecorded) {
    const proven = await prove(input, `done by pod ${progress.pod}`);
    if (proven !== null) return proven;
    world.log(`step ${step.name}: recorded as done by pod ${progress.pod}, but its verify failed`);
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
      // a recorded step that does not verify is repeated by the pod that gets the lock
      isStillWanted: async () => isRecorded || !(await isDone(input)),
    },
    (lease) => doStepUnderLock(input, lease),
  );
  if (typeof result === "object" && "failure" in result) return result.failure;
  return result === "not-wanted" ? "again" : result;
}

/** A pod of an older or unknown revision does not run the step. */
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
  // no pod runs the step for this revision any more, so it is enough that its verify holds
  const proven =
    isOlder && !isRecorded ? await prove(input, "verified, and another release is the newest") : null;
  if (proven !== null) return proven;
  const why = isOlder ? `this pod's revision is older than ${newest.newest}` : newest.why;
  if (waiting.lastLogged !== why) world.log(`step ${step.name}: waiting: ${why}`);
  waiting.lastLogged = why;
  await world.pause(isOlder ? POLL_INTERVAL_MS : 1_000);
  return "again";
}

/** A failed read counts as not done; the record is read again under the lock. */
async function isDone({ records, plan, step }: ReleaseInput): Promise<boolean> {
  const read = await records.read();
  return "record" in read && readStepProgress(read.record, plan, step).state === "done";
}

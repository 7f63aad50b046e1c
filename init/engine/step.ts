// One step: run, then verify. The exit code of `run` is reported but not trusted, because the exit codes of many tools
// are wrong; `verify` decides (docs/research/runner.md#proofs-instead-of-exit-codes).
import type { PlanStep } from "../contract/plan.ts";
import { type CommandFailure, describe, describeChildEnd, type Failure } from "./failure.ts";
import type { ChildEnd, World } from "./ports.ts";
import { type Backoff, computeBackoffMs } from "./wait.ts";

export type OnLine = (line: string) => void;

/** A failure of a step's commands, or a stop while they ran. */
export type StepFailure = CommandFailure | Extract<Failure, { name: "stopped" }>;

type StepResult = { evidence: string } | { failure: StepFailure };

/**
 * Runs and verifies a step.
 * @param abort ends the commands at once: what they do must not go on
 */
export async function doStep(
  step: PlanStep,
  world: World,
  onLine: OnLine,
  abort?: AbortSignal,
): Promise<StepResult> {
  const start = (argv: readonly string[]): Promise<ChildEnd> =>
    world.runChild({
      argv,
      timeoutSeconds: step.timeoutSeconds,
      onLine,
      ...(abort === undefined ? {} : { abort }),
    });

  world.log(`step ${step.name}: running ${JSON.stringify(step.run)}`);
  const ran = await start(step.run);
  const broken = findAbnormalEnd(step, step.run, ran);
  if (broken !== null) return { failure: broken };

  const verified = await start(step.verify);
  const unsure = findAbnormalEnd(step, step.verify, verified);
  if (unsure !== null) return { failure: unsure };

  const verify = describeChildEnd("verify", step.verify, verified);
  const ranWell = ran.is === "exited" && ran.code === 0;
  if (verified.is === "exited" && verified.code === 0) {
    return { evidence: ranWell ? verify : `${verify}, although ${describeChildEnd("run", step.run, ran)}` };
  }
  return {
    failure: ranWell
      ? { name: "step-not-verified", step: step.name, verify }
      : { name: "step-failed", step: step.name, run: describeChildEnd("run", step.run, ran), verify },
  };
}

export type HoldsResult = { holds: boolean; evidence: string } | { failure: StepFailure };

/**
 * Checks a marked step with its `still` command if it has one, else with `verify`. Only a non-zero exit means that the
 * step does not hold. A command that timed out or did not start is a failure, and the step is not repeated.
 */
export function checkStillHolds(step: PlanStep, world: World, onLine: OnLine): Promise<HoldsResult> {
  const [what, argv] = step.still === undefined ? ["verify", step.verify] : ["still", step.still];
  return runCheck(what, argv, { step, world, onLine });
}

/** Checks a step with its full `verify`, for a step without a trusted marker. */
export function holdsNow(step: PlanStep, world: World, onLine: OnLine): Promise<HoldsResult> {
  return runCheck("verify", step.verify, { step, world, onLine });
}

async function runCheck(
  what: string,
  argv: readonly string[],
  { step, world, onLine }: { step: PlanStep; world: World; onLine: OnLine },
): Promise<HoldsResult> {
  const end = await world.runChild({ argv, timeoutSeconds: step.timeoutSeconds, onLine });
  const unsure = findAbnormalEnd(step, argv, end);
  if (unsure !== null) return { failure: unsure };
  return { holds: end.is === "exited" && end.code === 0, evidence: describeChildEnd(what, argv, end) };
}

/** The failure of a command that did not exit by itself, and so proves nothing; null if it did. */
function findAbnormalEnd(step: PlanStep, argv: readonly string[], end: ChildEnd): StepFailure | null {
  switch (end.is) {
    case "not-started":
      return { name: "step-not-started", step: step.name, argv, why: end.why };
    case "timed-out":
      return {
        name: "step-timed-out",
        step: step.name,
        argv,
        seconds: step.timeoutSeconds,
        forced: end.forced,
      };
    case "stopped":
      return { name: "stopped", step: step.name };
    default:
      return null;
  }
}

/** At most 30 s, because the kubelet restarts the container with a backoff of its own. */
export const STEP_BACKOFF: Backoff = { firstMs: 1_000, longestMs: 30_000 };

interface RetrySettings {
  /** ends it at once; it is then for the caller to say why */
  readonly abort?: AbortSignal;
  /** for the log line before a retry @default code, name and sentence of a step's failure */
  readonly describeFailure?: (failure: StepFailure) => string;
}

/** Runs and verifies a step, with at most `step.retries` retries. */
export async function doStepWithRetries(
  step: PlanStep,
  world: World,
  onLine: OnLine,
  { abort, describeFailure = describe }: RetrySettings = {},
): Promise<StepResult> {
  const until = abort === undefined ? world.stop : AbortSignal.any([world.stop, abort]);
  let done = await doStep(step, world, onLine, abort);
  for (let tries = 1; "failure" in done && tries <= step.retries; tries += 1) {
    const { failure } = done;
    if (abort?.aborted === true || !isWorthRetrying(failure)) break;
    const pauseMs = computeBackoffMs(STEP_BACKOFF, tries, world.random());
    const inSeconds = (pauseMs / 1000).toFixed(1);
    world.log(`${describeFailure(failure)}; retrying in ${inSeconds} s (${tries} of ${step.retries})`);
    await world.pause(pauseMs, until);
    if (until.aborted) return { failure: { name: "stopped", step: step.name } };
    // after a timeout the work may have been done, so `verify` runs before the next attempt
    const attempt = failure.name === "step-timed-out" ? verifyOrDoStep : doStep;
    done = await attempt(step, world, onLine, abort);
  }
  return done;
}

async function verifyOrDoStep(
  step: PlanStep,
  world: World,
  onLine: OnLine,
  abort?: AbortSignal,
): Promise<StepResult> {
  const holds = await holdsNow(step, world, onLine);
  if ("failure" in holds) return holds;
  return holds.holds ? { evidence: holds.evidence } : doStep(step, world, onLine, abort);
}

/** A command that could not be started would fail again. */
function isWorthRetrying({ name }: StepFailure): boolean {
  return name === "step-failed" || name === "step-not-verified" || name === "step-timed-out";
}

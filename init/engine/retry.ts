// A step that failed is tried again after growing pauses with jitter, so that many pods that wait for one database
// do not all come back at the same moment.
import type { PlanStep } from "../contract/plan.ts";
import { describe, type Failure } from "./failure.ts";
import type { World } from "./ports.ts";
import { doStep, holdsNow, type OnLine } from "./step.ts";

const FIRST_PAUSE_MS = 1_000;
/** Above it pauses do not grow: the kubelet restarts the container by itself, too. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Runs and proves a step, at most `step.retries` times more than once.
 * @param abort ends it at once; it is then for the caller to say why
 */
export async function doStepWithRetries(
  step: PlanStep,
  world: World,
  onLine: OnLine,
  abort?: AbortSignal,
): Promise<{ evidence: string } | { failure: Failure }> {
  let last: Failure | null = null;
  for (let attempt = 0; ; attempt += 1) {
    const done = await attemptOf(last)(step, world, onLine, abort);
    if (!("failure" in done) || abort?.aborted) return done;
    last = done.failure;
    if (attempt >= step.retries || !isWorthIt(last)) return done;
    const pause = pauseBefore(attempt + 1, world.random());
    world.log(
      `${describe(last)}; trying again in ${(pause / 1000).toFixed(1)} s (${attempt + 1} of ${step.retries})`,
    );
    const until = abort === undefined ? world.stop : AbortSignal.any([world.stop, abort]);
    await world.pause(pause, until);
    if (until.aborted) return { failure: { name: "stopped", step: step.name } };
  }
}

/** After a timeout nobody knows whether the work was done: it is asked for before it is done twice. */
const attemptOf = (last: Failure | null): typeof doStep =>
  last?.name === "step-timed-out" ? proveOrDo : doStep;

async function proveOrDo(
  step: PlanStep,
  world: World,
  onLine: OnLine,
  abort?: AbortSignal,
): Promise<{ evidence: string } | { failure: Failure }> {
  const holds = await holdsNow(step, world, onLine);
  if ("failure" in holds) return holds;
  return holds.holds ? { evidence: holds.evidence } : doStep(step, world, onLine, abort);
}

/** A program that is not there will not be there in a second either. */
function isWorthIt({ name }: Failure): boolean {
  return name === "step-failed" || name === "step-not-verified" || name === "step-timed-out";
}

/**
 * Milliseconds before a retry: 1 s, 2 s, 4 s and so on up to 30 s, each times something from a half to one and a half.
 * @param retry from 1
 * @param random at least 0, below 1
 */
export function pauseBefore(retry: number, random: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (retry - 1), LONGEST_PAUSE_MS) * (0.5 + random);
}

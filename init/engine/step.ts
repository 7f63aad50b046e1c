// One step: run, then verify. The exit code of `run` is told but never believed; `verify` is the judge, since
// the tools' own exit codes lie (facts/otobo.md).
import type { PlanStep } from "../contract/plan.ts";
import { describe, endOf, type Failure } from "./failure.ts";
import type { ChildEnd, World } from "./ports.ts";

export type OnLine = (line: string) => void;

/**
 * Runs and proves a step.
 * @param abort ends the commands at once: what they do must not go on
 */
export async function doStep(
  step: PlanStep,
  world: World,
  onLine: OnLine,
  abort?: AbortSignal,
): Promise<{ evidence: string } | { failure: Failure }> {
  const start = (argv: readonly string[]): Promise<ChildEnd> =>
    world.runChild({
      argv,
      timeoutSeconds: step.timeoutSeconds,
      onLine,
      ...(abort === undefined ? {} : { abort }),
    });

  world.log(`step ${step.name}: running ${JSON.stringify(step.run)}`);
  const ran = await start(step.run);
  const broken = notAnEnd(step, step.run, ran);
  if (broken !== null) return { failure: broken };

  const verified = await start(step.verify);
  const unsure = notAnEnd(step, step.verify, verified);
  if (unsure !== null) return { failure: unsure };

  const verify = endOf("verify", step.verify, verified);
  const ranWell = ran.is === "exited" && ran.code === 0;
  if (verified.is === "exited" && verified.code === 0) {
    return { evidence: ranWell ? verify : `${verify}, although ${endOf("run", step.run, ran)}` };
  }
  return {
    failure: ranWell
      ? { name: "step-not-verified", step: step.name, verify }
      : { name: "step-failed", step: step.name, run: endOf("run", step.run, ran), verify },
  };
}

export type Holds = { holds: boolean; evidence: string } | { failure: Failure };

/**
 * Whether a marked step still holds, by `still` where the step has one, else by `verify`. Only an exit other than 0
 * says that it does not; a command that could not be asked to its end says nothing, and the work is not repeated.
 */
export function stillHolds(step: PlanStep, world: World, onLine: OnLine): Promise<Holds> {
  const [what, argv] = step.still === undefined ? ["verify", step.verify] : ["still", step.still];
  return ask(what, argv, { step, world, onLine });
}

/** Whether a step holds by its full verify: where no marker of this pod vouches for it. */
export function holdsNow(step: PlanStep, world: World, onLine: OnLine): Promise<Holds> {
  return ask("verify", step.verify, { step, world, onLine });
}

async function ask(
  what: string,
  argv: readonly string[],
  { step, world, onLine }: { step: PlanStep; world: World; onLine: OnLine },
): Promise<Holds> {
  const end = await world.runChild({ argv, timeoutSeconds: step.timeoutSeconds, onLine });
  const unsure = notAnEnd(step, argv, end);
  if (unsure !== null) return { failure: unsure };
  return { holds: end.is === "exited" && end.code === 0, evidence: endOf(what, argv, end) };
}

/** A command that did not come to an end of its own proves nothing, whatever it did before. */
function notAnEnd(step: PlanStep, argv: readonly string[], end: ChildEnd): Failure | null {
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

// One step: run, then verify. The exit code of `run` is told but never believed; `verify` is the judge, since
// the tools' own exit codes lie (docs/research/runner.md#proofs-instead-of-exit-codes).
import type { PlanStep } from "../contract/plan.ts";
import { endOf, type Failure } from "./failure.ts";
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

// `run`: runs the plan of this pod. The shell around the engine: environment, signals, exit code.

import { RUNNER_PRESETS } from "../../presets/runner.ts";
import { type Plan, readOwnPlan } from "../contract/plan.ts";
import type { Failure } from "../engine/failure.ts";
import type { World } from "../engine/ports.ts";
import type { PlanRunner, PresetHost } from "../engine/preset.ts";
import { type RunOutcome, runPlan } from "../engine/run.ts";
import { openRingWorld, openWorld } from "../world/open.ts";

export interface RunSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  stop: AbortSignal;
  log: (line: string) => void;
  runId: string;
}

export type RunEnd =
  | RunOutcome
  /** the plan was not started */
  | { failure: Failure; report: null }
  | { wrong: string };

/** Reads the plan from the environment and runs it. */
export async function runCommand({ env, stop, log, runId }: RunSurroundings): Promise<RunEnd> {
  const read = readOwnPlan(env);
  if ("wrong" in read) return read;
  const { plan, foreign } = read;
  if (foreign !== null) return { failure: foreign, report: null };
  const { namespace, pod, nodeId } = plan.identity;
  const work =
    plan.ring === undefined
      ? `${plan.steps.length} ${plan.steps.length === 1 ? "step" : "steps"}`
      : `a member of the ring ${plan.ring.name}`;
  log(`pod ${namespace}/${pod}, NodeID ${nodeId}: ${work}`);
  const world = await openWorld({ plan, env, stop, log, runId });
  const own = await openPlan(plan);
  if ("wrong" in own) return own;
  return own.run?.(makeHost(world)) ?? runPlan(plan, world);
}

/** The plan's own runner, if its kind has one. Loads only that kind's code. */
export async function openPlan(plan: Plan): Promise<PlanRunner | { wrong: string }> {
  const found = RUNNER_PRESETS.find(
    ({ kind, ownsPlans }) => kind === plan.identity.kind && ownsPlans === true,
  );
  if (found === undefined)
    return plan.ring === undefined
      ? {}
      : { wrong: `ROLLCALL_PLAN: ring: kind ${plan.identity.kind} has no rings` };
  const opened = (await found.load()).openPlan?.(plan) ?? {};
  return "wrong" in opened ? { wrong: `ROLLCALL_PLAN: ${opened.wrong}` } : opened;
}

export const makeHost = (world: World): PresetHost => ({
  world,
  openRingWorld: (ring) => openRingWorld(ring, world),
});

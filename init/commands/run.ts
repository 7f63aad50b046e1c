// `run`: carries out the plan of this pod. The shell around the engine: environment, signals, exit code.

import { PLAN_ENV } from "../contract/places.ts";
import { readPlan } from "../contract/plan.ts";
import type { Failure } from "../engine/failure.ts";
import type { Outcome } from "../engine/run.ts";
import { runPlan } from "../engine/run.ts";
import { openWorld } from "../world/open.ts";
import { makeHost, openPlan } from "./preset.ts";
import { whyNotThisPod } from "./thisPod.ts";

export interface RunSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  stop: AbortSignal;
  log: (line: string) => void;
  runId: string;
}

export type RunEnd =
  | Outcome
  /** it did not begin */
  | { failure: Failure; story: null }
  | { wrong: string };

/** Reads the plan from the environment and carries it out. */
export async function run({ env, stop, log, runId }: RunSurroundings): Promise<RunEnd> {
  const read = readPlan(env[PLAN_ENV]);
  if ("wrong" in read) return read;
  const { plan } = read;
  const foreign = whyNotThisPod(plan, env);
  if (foreign !== null) return { failure: foreign, story: null };
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

// `run`: carries out the plan of this pod. The shell around the engine: environment, signals, exit code.
import { PLAN_ENV } from "../contract/places.ts";
import { readPlan } from "../contract/plan.ts";
import type { Outcome } from "../engine/run.ts";
import { runPlan } from "../engine/run.ts";
import { openWorld } from "../world/open.ts";

export interface RunSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  stop: AbortSignal;
  log: (line: string) => void;
  runId: string;
}

/** Reads the plan from the environment and carries it out. */
export async function run({ env, stop, log, runId }: RunSurroundings): Promise<Outcome | { wrong: string }> {
  const read = readPlan(env[PLAN_ENV]);
  if ("wrong" in read) return read;
  const { plan } = read;
  log(
    `pod ${plan.identity.namespace}/${plan.identity.pod}, NodeID ${plan.identity.nodeId}: ${plan.steps.length} ${plan.steps.length === 1 ? "step" : "steps"}`,
  );
  return runPlan(plan, await openWorld({ plan, env, stop, log, runId }));
}

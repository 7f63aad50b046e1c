// `run`: carries out the plan of this pod. The shell around the engine: environment, signals, exit code.
import { setTimeout } from "node:timers/promises";
import { OWN_ENV, PLAN_ENV, POD_UID_ENV } from "../contract/places.ts";
import { readPlan } from "../contract/plan.ts";
import type { Outcome } from "../engine/run.ts";
import { runPlan } from "../engine/run.ts";
import { pvcStore } from "../engine/stores/pvc.ts";
import { realFiles } from "../world/files.ts";
import { childRunner } from "../world/process/child.ts";
import { withProgress } from "../world/process/progress.ts";

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
  const { root, path } = plan.markers;
  const store = pvcStore({ root, folder: path, pod: plan.identity.pod }, realFiles, runId);
  return runPlan(plan, store, {
    files: realFiles,
    runChild: withProgress(childRunner({ env: childEnv(env), stop }), log),
    now: () => new Date(),
    // a pause that is cut short is as good as one that has passed
    pause: (milliseconds) => setTimeout(milliseconds, undefined, { signal: stop }).catch(() => undefined),
    random: Math.random,
    log,
    runId,
    podUid: env[POD_UID_ENV] ?? "",
    stop,
  });
}

/** The container's own environment: ours is taken out, nothing is added. */
function childEnv(env: RunSurroundings["env"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_ENV.includes(name)));
}

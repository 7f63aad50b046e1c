// `leave`, the preStop of the application's container, and `drain`, the same beforehand and by hand. The application's
// own preStop follows `--`. It runs after the leave, whether or not that succeeded, and its exit code is returned.
import { LONGEST_TIMEOUT_S, type Plan, readOwnPlan } from "../contract/plan.ts";
import { describeChildEnd, type Failure } from "../engine/failure.ts";
import { drain, type LeaveOutcome, leave } from "../engine/leave/leave.ts";
import type { World } from "../engine/ports.ts";
import { openWorld } from "../world/open.ts";
import { makeHost, openPlan, type RunSurroundings } from "./run.ts";

export interface LeaveExit {
  failure: Failure | null;
  /** the exit code of the application's own preStop, 0 without one */
  own: number;
}

/** @param own the application's own preStop */
export async function runLeave(
  how: "leave" | "drain",
  own: readonly string[],
  { env, stop, log, runId }: RunSurroundings,
): Promise<LeaveExit> {
  const read = readOwnPlan(env);
  if ("wrong" in read) return { failure: { name: "invalid-plan", why: read.wrong }, own: 0 };
  const { plan, foreign } = read;
  // a copy of the pod stops without leaving
  const needs = foreign === null ? plan : { s3: null, api: null };
  const world = await openWorld({ plan: needs, env, stop, log, runId });
  const failure = foreign ?? (await leaveOrDrainPod(how, plan, world));
  if (own.length === 0) return { failure, own: 0 };
  const end = await world.runChild({ argv: own, timeoutSeconds: LONGEST_TIMEOUT_S, onLine: log });
  if (end.is !== "exited" || end.code !== 0) log(describeChildEnd("the application's own preStop", own, end));
  return { failure, own: end.is === "exited" ? end.code : 1 };
}

async function leaveOrDrainPod(how: "leave" | "drain", plan: Plan, world: World): Promise<Failure | null> {
  const outcome = how === "leave" ? await leaveByPlan(plan, world) : await drain(plan, world);
  const { pod } = plan.identity;
  switch (outcome.is) {
    case "done":
      world.log(`pod ${pod} ${how === "leave" ? "has left" : "is drained"} (${outcome.evidence})`);
      return null;
    case "stays":
      world.log(`pod ${pod} does not leave: ${outcome.why}`);
      return null;
    case "failed":
      return outcome.failure;
  }
}

async function leaveByPlan(plan: Plan, world: World): Promise<LeaveOutcome> {
  const own = await openPlan(plan);
  if ("wrong" in own) return { is: "failed", failure: { name: "invalid-plan", why: own.wrong } };
  return own.leave?.(makeHost(world)) ?? leave(plan, world);
}

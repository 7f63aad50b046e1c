// A step of scope pod: once for each pod and its marker.
import { type PlanStep, stepDigest } from "../contract/plan.ts";
import type { Failure } from "./failure.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./ports.ts";
import { doStepWithRetries } from "./retry.ts";
import { holdsNow, type OnLine, stillHolds } from "./step.ts";

export interface PodStepInput {
  step: PlanStep;
  ledger: Ledger;
  world: World;
  /** the pod had left and is back: its marker is of the time before */
  isBack: boolean;
  onLine: OnLine;
}

/** Takes a pod step: skipped where it is proven and still holds, else run, proven and marked. */
export async function takePodStep(input: PodStepInput): Promise<"ran" | "skipped" | Failure> {
  const { step, ledger, world, onLine } = input;
  if (ledger.standing(step) !== "unmarked") {
    const proven = await prove(input);
    if (proven !== null) return proven;
  }
  // what was just seen not to hold must not stand in the marker while it is done again
  const unusable = (await ledger.whyNotWritable()) ?? (await ledger.withdraw(step));
  if (unusable !== null) return unusable;
  const startedAt = world.now().toISOString();
  const done = await doStepWithRetries(step, world, onLine);
  if ("failure" in done) return done.failure;
  world.log(`step ${step.name}: done (${done.evidence})`);
  const failure = await ledger.add({
    name: step.name,
    digest: stepDigest(step),
    runId: world.runId,
    startedAt,
    finishedAt: world.now().toISOString(),
    evidence: done.evidence,
  });
  return failure ?? "ran";
}

/** Whether what the marker says holds: null where it does not. */
async function prove({
  step,
  ledger,
  world,
  isBack,
  onLine,
}: PodStepInput): Promise<"skipped" | Failure | null> {
  const isSure = ledger.standing(step) === "marked" && !isBack;
  const holds = await (isSure ? stillHolds : holdsNow)(step, world, onLine);
  if ("failure" in holds) return holds.failure;
  if (holds.holds) {
    world.log(`step ${step.name}: was done before (${holds.evidence}), not run again`);
    return (await ledger.confirm(step)) ?? "skipped";
  }
  world.log(`step ${step.name}: is marked as done, but ${holds.evidence}: running it again`);
  return null;
}

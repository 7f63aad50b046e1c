// The proof of a release step that somebody else, or this pod before, has done.
import type { MarkerStep } from "../../contract/marker.ts";
import { computeStepDigest, type Plan, type PlanStep } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import type { MarkerWriter } from "../markers.ts";
import type { World } from "../ports.ts";
import { checkStillHolds, holdsNow, type OnLine } from "../step.ts";

export interface ProveInput {
  plan: Plan;
  step: PlanStep;
  ledger: MarkerWriter;
  world: World;
  onLine: OnLine;
}

/** Proves a step that somebody else, or this pod before, has done: "skipped", a failure, or null where it does not hold. */
export async function prove(input: ProveInput, told: string): Promise<"skipped" | Failure | null> {
  const { step, world, ledger, onLine } = input;
  const startedAt = world.now().toISOString();
  const marked = ledger.standing(step) === "marked";
  const holds = await (marked ? checkStillHolds : holdsNow)(step, world, onLine);
  if ("failure" in holds) return holds.failure;
  if (!holds.holds) return null;
  world.log(`step ${step.name}: ${told} (${holds.evidence}), not run here`);
  if (marked) return "skipped";
  const unusable = await ledger.whyNotWritable();
  return (
    unusable ??
    (await ledger.add(buildMarkerEntry(input, startedAt, `${holds.evidence}; ${told}`))) ??
    "skipped"
  );
}

/** The marker's entry for a step that this run has seen to hold. */
export function buildMarkerEntry(
  { step, world }: ProveInput,
  startedAt: string,
  evidence: string,
): MarkerStep {
  const finishedAt = world.now().toISOString();
  return {
    name: step.name,
    digest: computeStepDigest(step),
    runId: world.runId,
    startedAt,
    finishedAt,
    evidence,
  };
}

// Verifies a release step that another pod, or this pod earlier, has done.
import { computeStepDigest, type MarkerStep } from "../../contract/marker.ts";
import type { Plan, PlanStep } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import type { MarkerWriter } from "../markers.ts";
import type { World } from "../ports.ts";
import { checkStillHolds, holdsNow, type OnLine } from "../step.ts";

export interface ProveInput {
  plan: Plan;
  step: PlanStep;
  markerWriter: MarkerWriter;
  world: World;
  onLine: OnLine;
}

/** Verifies such a step. @returns "skipped" if it holds, null if it does not, or a failure */
export async function prove(input: ProveInput, how: string): Promise<"skipped" | Failure | null> {
  const { step, world, markerWriter, onLine } = input;
  const startedAt = world.now().toISOString();
  const isMarked = markerWriter.standing(step) === "marked";
  const holds = await (isMarked ? checkStillHolds : holdsNow)(step, world, onLine);
  if ("failure" in holds) return holds.failure;
  if (!holds.holds) return null;
  world.log(`step ${step.name}: ${how} (${holds.evidence}), not run here`);
  if (isMarked) return "skipped";
  const unusable = await markerWriter.whyNotWritable();
  return (
    unusable ??
    (await markerWriter.add(buildMarkerEntry(input, startedAt, `${holds.evidence}; ${how}`))) ??
    "skipped"
  );
}

/** The marker's entry for a step that this run has verified. */
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

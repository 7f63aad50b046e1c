// The progress of a release in the record. Pure.

import { computeStepDigest } from "../../contract/marker.ts";
import type { Plan, PlanStep } from "../../contract/plan.ts";
import { computeReleaseId, type WorkloadRecord } from "../../contract/record.ts";

/** The state of a release step: done, begun (by a pod that may be dead), or neither. */
export interface StepProgress {
  state: "done" | "begun" | "none";
  /** the pod that did or began it */
  pod: string;
  /** the start of the runner that did it; "" for a completed release */
  runId: string;
}

const NONE: StepProgress = { state: "none", pod: "", runId: "" };

/** The recorded state of a step of this plan's release. */
export function readStepProgress(record: WorkloadRecord, plan: Plan, step: PlanStep): StepProgress {
  const id = computeReleaseId(plan);
  const { release, releasing } = record;
  if (releasing !== undefined) {
    // another release has begun, so steps done before it no longer count
    const entry = releasing.id === id ? releasing.steps[step.name] : undefined;
    if (entry === undefined || entry.digest !== computeStepDigest(step)) return NONE;
    return { state: entry.state, pod: entry.pod, runId: entry.runId };
  }
  return release?.id === id ? { state: "done", pod: release.pod, runId: "" } : NONE;
}

export interface ProgressMark {
  plan: Plan;
  step: PlanStep;
  runId: string;
  /** RFC 3339 */
  at: string;
}

/** The record with a step begun. Other steps of the same release are kept. */
export function withBegun(record: WorkloadRecord, mark: ProgressMark): WorkloadRecord {
  return withStep(record, mark, "begun");
}

/** The record with a step done. The last step completes the release. */
export function withDone(record: WorkloadRecord, mark: ProgressMark, fence: number): WorkloadRecord {
  const { plan, step, at } = mark;
  if (readStepProgress(record, plan, step).state === "done") return record;
  const next = withStep(record, mark, "done");
  const left = releaseSteps(plan).filter((each) => readStepProgress(next, plan, each).state !== "done");
  if (left.length > 0) return next;
  const { releasing: _done, ...rest } = next;
  return { ...rest, release: { id: computeReleaseId(plan), at, pod: plan.identity.pod, fence } };
}

const releaseSteps = ({ steps }: Plan): PlanStep[] => steps.filter(({ scope }) => scope === "release");

function withStep(
  record: WorkloadRecord,
  { plan, step, runId, at }: ProgressMark,
  state: "begun" | "done",
): WorkloadRecord {
  const id = computeReleaseId(plan);
  const before = record.releasing?.id === id ? record.releasing.steps : doneBefore(record, plan, at);
  const entry = { state, digest: computeStepDigest(step), pod: plan.identity.pod, runId, at };
  return { ...record, releasing: { id, steps: { ...before, [step.name]: entry } } };
}

/** The steps of a completed release of which one step runs again: the others stay done. */
function doneBefore(
  record: WorkloadRecord,
  plan: Plan,
  at: string,
): NonNullable<WorkloadRecord["releasing"]>["steps"] {
  const { release, releasing } = record;
  if (releasing !== undefined || release?.id !== computeReleaseId(plan)) return {};
  return Object.fromEntries(
    releaseSteps(plan).map((each) => [
      each.name,
      { state: "done" as const, digest: computeStepDigest(each), pod: release.pod, runId: "", at },
    ]),
  );
}

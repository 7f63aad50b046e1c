// How far a release has come, read from the record and written into it. Pure.
import { computeReleaseId, computeStepDigest, type Plan, type PlanStep } from "../../contract/plan.ts";
import type { WorkloadRecord } from "../../contract/record.ts";

/** Where one release step stands: done, begun by somebody (who may be dead), or neither. */
export interface StepProgress {
  state: "done" | "begun" | "none";
  /** who did or began it */
  pod: string;
  /** in which start of the runner; "" for a release that is whole */
  runId: string;
}

const NONE: StepProgress = { state: "none", pod: "", runId: "" };

/** What the record says of a step of this plan's release. */
export function readStepProgress(record: WorkloadRecord, plan: Plan, step: PlanStep): StepProgress {
  const id = computeReleaseId(plan);
  const { release, releasing } = record;
  if (releasing !== undefined) {
    // another release has begun: what was done before it does not count any more
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

/** The record with a step begun; what else was done of the same release stays. */
export function withBegun(record: WorkloadRecord, mark: ProgressMark): WorkloadRecord {
  return withStep(record, mark, "begun");
}

/** The record with a step done; with the last of them the release is the one last-done one. */
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

/** Where the whole release was done and one step of it is done anew, the others stay done. */
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

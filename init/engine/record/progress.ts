// How far a release has come, read from the record and written into it. Pure.
import { type Plan, type PlanStep, releaseId, stepDigest } from "../../contract/plan.ts";
import type { Record } from "../../contract/record.ts";

/** Where one release step stands: done, begun by somebody (who may be dead), or neither. */
export interface Progress {
  state: "done" | "begun" | "none";
  /** who did or began it */
  pod: string;
  /** in which start of the runner; "" for a release that is whole */
  runId: string;
}

const NONE: Progress = { state: "none", pod: "", runId: "" };

/** What the record says of a step of this plan's release. */
export function progressOf(record: Record, plan: Plan, step: PlanStep): Progress {
  const id = releaseId(plan);
  const { release, releasing } = record;
  if (releasing !== undefined) {
    // another release has begun: what was done before it does not count any more
    const entry = releasing.id === id ? releasing.steps[step.name] : undefined;
    if (entry === undefined || entry.digest !== stepDigest(step)) return NONE;
    return { state: entry.state, pod: entry.pod, runId: entry.runId };
  }
  return release?.id === id ? { state: "done", pod: release.pod, runId: "" } : NONE;
}

export interface Mark {
  plan: Plan;
  step: PlanStep;
  runId: string;
  /** RFC 3339 */
  at: string;
}

/** The record with a step begun; what else was done of the same release stays. */
export function withBegun(record: Record, mark: Mark): Record {
  return withStep(record, mark, "begun");
}

/** The record with a step done; with the last of them the release is the one last-done one. */
export function withDone(record: Record, mark: Mark, fence: number): Record {
  const { plan, step, at } = mark;
  if (progressOf(record, plan, step).state === "done") return record;
  const next = withStep(record, mark, "done");
  const left = releaseSteps(plan).filter((each) => progressOf(next, plan, each).state !== "done");
  if (left.length > 0) return next;
  const { releasing: _done, ...rest } = next;
  return { ...rest, release: { id: releaseId(plan), at, pod: plan.identity.pod, fence } };
}

const releaseSteps = ({ steps }: Plan): PlanStep[] => steps.filter(({ scope }) => scope === "release");

function withStep(record: Record, { plan, step, runId, at }: Mark, state: "begun" | "done"): Record {
  const id = releaseId(plan);
  const before = record.releasing?.id === id ? record.releasing.steps : doneBefore(record, plan, at);
  const entry = { state, digest: stepDigest(step), pod: plan.identity.pod, runId, at };
  return { ...record, releasing: { id, steps: { ...before, [step.name]: entry } } };
}

/** Where the whole release was done and one step of it is done anew, the others stay done. */
function doneBefore(record: Record, plan: Plan, at: string): NonNullable<Record["releasing"]>["steps"] {
  const { release, releasing } = record;
  if (releasing !== undefined || release?.id !== releaseId(plan)) return {};
  return Object.fromEntries(
    releaseSteps(plan).map((each) => [
      each.name,
      { state: "done" as const, digest: stepDigest(each), pod: release.pod, runId: "", at },
    ]),
  );
}

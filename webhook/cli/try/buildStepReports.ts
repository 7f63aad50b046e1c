// The result of each step of a run, from the pod's marker, from the record for release steps, and from the runner's exit
// code if the marker cannot be read.
import type { Marker } from "../../../init/contract/marker.ts";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";
import { computeReleaseId, type WorkloadRecord as SetRecord } from "../../../init/contract/record.ts";

export type StepResult = "done" | "done-before" | "failed" | "not-run";

export interface TryStepReport {
  name: string;
  result: StepResult;
  why: string;
}

export interface ObservedRun {
  plan: Plan;
  /** this pod's intact marker; null: none, or not readable from here */
  marker: Marker | null;
  /** the StatefulSet's record, if there is one */
  record: SetRecord | null;
  began: Date;
  ended: { code: number; message: string };
}

export function buildStepReports(observed: ObservedRun): TryStepReport[] {
  return observed.plan.steps.map((step) => ({ name: step.name, ...buildStepReport(step, observed) }));
}

function buildStepReport({ name, scope }: PlanStep, observed: ObservedRun): Omit<TryStepReport, "name"> {
  const { plan, marker, record, began, ended } = observed;
  // a pod that only verified the step also has it in its marker, but the record names the pod that ran it
  const release = scope === "release" ? record?.release : undefined;
  if (release !== undefined && release.id === computeReleaseId(plan)) {
    const mine = release.pod === plan.identity.pod;
    return mine
      ? classifyDone(release.at, began, "by this pod")
      : { result: "done-before", why: `by ${release.pod}` };
  }
  const entry = marker?.steps.find((each) => each.name === name);
  if (entry !== undefined) return classifyDone(entry.finishedAt, began, entry.evidence);
  const isProven = ended.code === 0 && (scope === "release" || plan.markers.store === "s3");
  if (isProven) return { result: "done", why: "the runner exited with 0" };
  return { result: "failed", why: ended.message.split("\n")[0] ?? "" };
}

function classifyDone(when: string, began: Date, why: string): Omit<TryStepReport, "name"> {
  return { result: new Date(when) >= began ? "done" : "done-before", why };
}

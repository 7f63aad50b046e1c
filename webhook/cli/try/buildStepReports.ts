// What became of each step of a run: by the pod's marker, by the record for what is done once per release, and where
// markers are out of reach by the runner's exit code.
import type { Marker } from "../../../init/contract/marker.ts";
import { computeReleaseId, type Plan, type PlanStep } from "../../../init/contract/plan.ts";
import type { WorkloadRecord as SetRecord } from "../../../init/contract/record.ts";

export type StepResult = "done" | "done-before" | "failed" | "not-run";

export interface TryStepReport {
  name: string;
  result: StepResult;
  why: string;
}

export interface RunSeen {
  plan: Plan;
  /** this pod's whole marker; null: none, or none that can be read from here */
  marker: Marker | null;
  /** the StatefulSet's record, where the plan has one */
  record: SetRecord | null;
  began: Date;
  ended: { code: number; message: string };
}

export function buildStepReports(seen: RunSeen): TryStepReport[] {
  return seen.plan.steps.map((step) => ({ name: step.name, ...buildStepReport(step, seen) }));
}

function buildStepReport({ name, scope }: PlanStep, seen: RunSeen): Omit<TryStepReport, "name"> {
  const { plan, marker, record, began, ended } = seen;
  // a pod that only verified has the step in its marker, too: who has done it stands in the record
  const release = scope === "release" ? record?.release : undefined;
  if (release !== undefined && release.id === computeReleaseId(plan)) {
    const mine = release.pod === plan.identity.pod;
    return mine ? at(release.at, began, "by this pod") : { result: "done-before", why: `by ${release.pod}` };
  }
  const entry = marker?.steps.find((each) => each.name === name);
  if (entry !== undefined) return at(entry.finishedAt, began, entry.evidence);
  const isProven = ended.code === 0 && (scope === "release" || plan.markers.store === "s3");
  if (isProven) return { result: "done", why: "the runner ended with 0" };
  return { result: "failed", why: ended.message.split("\n")[0] ?? "" };
}

function at(when: string, began: Date, why: string): Omit<TryStepReport, "name"> {
  return { result: new Date(when) >= began ? "done" : "done-before", why };
}

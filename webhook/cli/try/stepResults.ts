// What became of each step of a run: by the pod's marker, by the record for what is done once per release, and where
// markers are out of reach by the runner's exit code.
import type { Marker } from "../../../init/contract/marker.ts";
import { type Plan, type PlanStep, releaseId } from "../../../init/contract/plan.ts";
import type { Record as SetRecord } from "../../../init/contract/record.ts";

export type StepResult = "done" | "done-before" | "failed" | "not-run";

export interface StepStory {
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

export function stepResults(seen: RunSeen): StepStory[] {
  return seen.plan.steps.map((step) => ({ name: step.name, ...resultOf(step, seen) }));
}

function resultOf({ name, scope }: PlanStep, seen: RunSeen): Omit<StepStory, "name"> {
  const { plan, marker, record, began, ended } = seen;
  // a pod that only verified has the step in its marker, too: who has done it stands in the record
  const release = scope === "release" ? record?.release : undefined;
  if (release !== undefined && release.id === releaseId(plan)) {
    const mine = release.pod === plan.identity.pod;
    return mine ? at(release.at, began, "by this pod") : { result: "done-before", why: `by ${release.pod}` };
  }
  const entry = marker?.steps.find((each) => each.name === name);
  if (entry !== undefined) return at(entry.finishedAt, began, entry.evidence);
  const isProven = ended.code === 0 && (scope === "release" || plan.markers.store === "s3");
  if (isProven) return { result: "done", why: "the runner ended with 0" };
  return { result: "failed", why: ended.message.split("\n")[0] ?? "" };
}

function at(when: string, began: Date, why: string): Omit<StepStory, "name"> {
  return { result: new Date(when) >= began ? "done" : "done-before", why };
}

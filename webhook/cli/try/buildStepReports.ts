// The result of each step of a run: what the runner started, from its log; what holds, from the pod's marker, from the
// record for release steps, and from the runner's exit code if the marker cannot be read.
import type { Marker } from "../../../init/contract/marker.ts";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";
import { computeReleaseId, type WorkloadRecord as SetRecord } from "../../../init/contract/record.ts";

export type StepResult = "done" | "done-before" | "failed" | "not-run";

export interface TryStepReport {
  name: string;
  result: StepResult;
  why: string;
  /** the release for which this pod ran the step; only of a step of scope Release that it ran */
  release?: string;
}

export interface ObservedRun {
  plan: Plan;
  /** this pod's intact marker; null: none, or not readable from here */
  marker: Marker | null;
  /** the StatefulSet's record, if there is one */
  record: SetRecord | null;
  /** the steps whose `run` was started; others were at most verified */
  ran: ReadonlySet<string>;
  ended: { code: number; message: string };
}

export function buildStepReports(observed: ObservedRun): TryStepReport[] {
  return observed.plan.steps.map((step) => ({ name: step.name, ...buildStepReport(step, observed) }));
}

/** The runner's log line before it starts a step's `run`; what a step prints has the step's name in brackets before it. */
const STARTED = /^rollcall: step (\S+): running \[/;

/** Collects the steps whose `run` the runner starts, from the lines of its log. */
export function observeStartedSteps(): { onLine: (line: string) => void; ran: ReadonlySet<string> } {
  const ran = new Set<string>();
  const onLine = (line: string): void => {
    const [, name] = STARTED.exec(line) ?? [];
    if (name !== undefined) ran.add(name);
  };
  return { onLine, ran };
}

type StepEnd = Omit<TryStepReport, "name">;

function buildStepReport(step: PlanStep, observed: ObservedRun): StepEnd {
  const end = findStepEnd(step, observed);
  const ranHere = step.scope === "release" && end.result === "done";
  return ranHere ? { ...end, release: findRelease(observed) } : end;
}

function findStepEnd({ name, scope }: PlanStep, observed: ObservedRun): StepEnd {
  const { plan, marker, ran, ended } = observed;
  const result = ran.has(name) ? "done" : "done-before";
  // a pod that only verified the step also has it in its marker, but the record names the pod that ran it
  const pod = scope === "release" ? findRecordedPod(name, observed) : null;
  if (pod !== null) return { result, why: `by ${pod === plan.identity.pod ? "this pod" : pod}` };
  const entry = marker?.steps.find((each) => each.name === name);
  if (entry !== undefined) return { result, why: entry.evidence };
  const isProven = ended.code === 0 && (scope === "release" || plan.markers.store === "s3");
  if (isProven) return { result, why: "the runner exited with 0" };
  return { result: "failed", why: ended.message.split("\n")[0] ?? "" };
}

/** The pod that did the step for this plan's release, by the record; null: none has. */
function findRecordedPod(name: string, { plan, record }: ObservedRun): string | null {
  const id = computeReleaseId(plan);
  const { release, releasing } = record ?? {};
  // while a release is in progress, no step counts as done by an earlier one
  if (releasing === undefined) return release?.id === id ? release.pod : null;
  const entry = releasing.id === id ? releasing.steps[name] : undefined;
  return entry?.state === "done" ? entry.pod : null;
}

/** The record's id has what `releaseFrom` read in the pod, too. */
const findRelease = ({ plan, record }: ObservedRun): string =>
  record?.releasing?.id ?? record?.release?.id ?? computeReleaseId(plan);

// Runs a plan: each step is run, verified, and only then marked (I3 in docs/architecture.md). A marked step that still
// verifies is not run again, so a recreated pod does no work twice.

import { computeStepDigest } from "../contract/marker.ts";
import type { Plan, PlanStep } from "../contract/plan.ts";
import type { Failure } from "./failure.ts";
import { clearDeparture, detectReturn } from "./leave/detectReturn.ts";
import { type OpenLock, prepareLock } from "./lock/open.ts";
import { type MarkerWriter, openMarkerWriter, openStores, readBefore } from "./markers.ts";
import type { PodReport, StepReport } from "./message.ts";
import type { AskApi, World } from "./ports.ts";
import { openRecord, type RecordStore } from "./record/recordStore.ts";
import { readReleaseInPod } from "./release/readReleaseInPod.ts";
import { checkStillHolds, doStepWithRetries, holdsNow, type OnLine } from "./step.ts";

export interface RunOutcome {
  /** null: every step is done and marked */
  failure: Failure | null;
  report: PodReport;
}

/** The shared context of all steps of a run. */
export interface RunContext {
  plan: Plan;
  markerWriter: MarkerWriter;
  world: World;
  /** null: the plan asks the API server for nothing */
  shared: SharedState | null;
  /** the release as the record names it, read before the first release step; the marker uses the plan's text */
  release?: Awaited<ReturnType<typeof readReleaseInPod>>;
}

/** The state that the pods of a StatefulSet share. */
interface SharedState {
  records: RecordStore;
  openLock: OpenLock;
  askApi: AskApi;
  /** the pod had left and is back, so its marked steps are verified in full */
  isBack: boolean;
}

/** Number of output lines kept for the termination message. */
const KEPT_LINES = 20;

/** Runs the plan's steps in order and stops at the first failure. Rejects only on internal errors. */
export async function runPlan(plan: Plan, world: World): Promise<RunOutcome> {
  const todo = plan.steps.map((step) => {
    const report: StepReport = { name: step.name, did: "waiting", seconds: 0 };
    return { step, report };
  });
  const lastLines: string[] = [];
  const { pod, nodeId } = plan.identity;
  const finish = (failure: Failure | null): RunOutcome => ({
    failure,
    report: { pod, nodeId, steps: todo.map(({ report }) => report), lastLines },
  });
  const keepLine = (line: string): void => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  };

  const run = await openRun(plan, world);
  if ("failure" in run) return finish(run.failure);

  for (const { step, report } of todo) {
    const startedAtMs = world.monotonic();
    lastLines.length = 0;
    const result = await takeStep(run, step, keepLine);
    report.seconds = (world.monotonic() - startedAtMs) / 1000;
    report.did = typeof result === "string" ? result : "failed";
    if (typeof result !== "string") return finish(result);
  }
  lastLines.length = 0;
  return finish((await run.markerWriter.close()) ?? (await recordReturn(run)));
}

async function openRun(plan: Plan, world: World): Promise<RunContext | { failure: Failure }> {
  const stores = openStores(plan, world);
  const before = await readBefore(plan, stores, world);
  if ("failure" in before) return before;
  const shared = await openShared(plan, world);
  if (shared !== null && "failure" in shared) return shared;
  const markerWriter = openMarkerWriter(plan, stores, world, before);
  return { plan, markerWriter, world, shared };
}

async function openShared(plan: Plan, world: World): Promise<SharedState | null | { failure: Failure }> {
  const { askApi } = world;
  if (askApi === null) return null;
  const records = openRecord(plan, askApi, world);
  const found = await detectReturn(plan, records, world);
  if ("failure" in found) return found;
  return { records, askApi, openLock: prepareLock(plan, world), isBack: found.isBack };
}

async function recordReturn({ plan, world, shared }: RunContext): Promise<Failure | null> {
  return shared?.isBack === true ? clearDeparture({ ...shared, plan, world }) : null;
}

async function takeStep(
  run: RunContext,
  step: PlanStep,
  keepLine: (line: string) => void,
): Promise<"ran" | "skipped" | Failure> {
  const { world, shared } = run;
  if (world.stop.aborted) return { name: "stopped", step: null };
  const onLine = (line: string): void => {
    keepLine(line);
    world.log(`[${step.name}] ${line}`);
  };
  if (step.scope === "pod") return takePodStep({ ...run, step, onLine, isBack: shared?.isBack === true });
  if (shared === null) return { name: "invalid-plan", why: "a release step without an API server" };
  run.release ??= await readReleaseInPod(run.plan, world, onLine);
  if ("failure" in run.release) return run.release.failure;
  const plan = { ...run.plan, release: run.release.release };
  // loaded on demand: most plans have no release steps
  const { takeReleaseStep } = await import("./release/takeReleaseStep.ts");
  return takeReleaseStep({ ...run, plan, step, onLine, ...shared });
}

export interface PodStepInput {
  step: PlanStep;
  markerWriter: MarkerWriter;
  world: World;
  /** the pod had left and is back, so its marker is from before */
  isBack: boolean;
  onLine: OnLine;
}

/** Takes a pod step: skips it if it is marked and still verifies, else runs, verifies and marks it. */
export async function takePodStep(input: PodStepInput): Promise<"ran" | "skipped" | Failure> {
  const { step, markerWriter, world, onLine } = input;
  if (markerWriter.standing(step) !== "unmarked") {
    const proven = await proveMarked(input);
    if (proven !== null) return proven;
  }
  // a step that failed its verify must not be marked while it runs again
  const unusable = (await markerWriter.whyNotWritable()) ?? (await markerWriter.withdraw(step));
  if (unusable !== null) return unusable;
  const startedAt = world.now().toISOString();
  const done = await doStepWithRetries(step, world, onLine);
  if ("failure" in done) return done.failure;
  world.log(`step ${step.name}: done (${done.evidence})`);
  const failure = await markerWriter.add({
    name: step.name,
    digest: computeStepDigest(step),
    runId: world.runId,
    startedAt,
    finishedAt: world.now().toISOString(),
    evidence: done.evidence,
  });
  return failure ?? "ran";
}

/** Verifies a marked step. @returns null if it does not hold */
async function proveMarked({
  step,
  markerWriter,
  world,
  isBack,
  onLine,
}: PodStepInput): Promise<"skipped" | Failure | null> {
  const isSure = markerWriter.standing(step) === "marked" && !isBack;
  const holds = await (isSure ? checkStillHolds : holdsNow)(step, world, onLine);
  if ("failure" in holds) return holds.failure;
  if (holds.holds) {
    world.log(`step ${step.name}: already done (${holds.evidence})`);
    return (await markerWriter.confirm(step)) ?? "skipped";
  }
  world.log(`step ${step.name}: marked as done, but ${holds.evidence}: running it again`);
  return null;
}

// Carries out a plan: each step is run, proven by its verify, and only then marked (I3: no marker without
// evidence). What is marked and still holds is not run again, so that a recreated pod does nothing twice.
import { computeStepDigest, type Plan, type PlanStep } from "../contract/plan.ts";
import type { Failure } from "./failure.ts";
import { clearDeparture, detectReturn } from "./leave/detectReturn.ts";
import { type OpenLock, prepareLock } from "./lock/open.ts";
import { type MarkerWriter, openLedger, openStores, readBefore } from "./markers.ts";
import type { PodReport, StepReport } from "./message.ts";
import type { AskApi, World } from "./ports.ts";
import { openRecord, type RecordStore } from "./record/recordStore.ts";
import { readReleaseInPod } from "./release/readReleaseInPod.ts";
import { checkStillHolds, doStepWithRetries, holdsNow, type OnLine } from "./step.ts";

export interface RunOutcome {
  /** null: every step is done and marked */
  failure: Failure | null;
  story: PodReport;
}

/** What the steps of one run share. */
export interface RunContext {
  plan: Plan;
  ledger: MarkerWriter;
  world: World;
  /** null: the plan asks the API server for nothing */
  shared: SharedState | null;
  /** what the record calls this release, once it was asked for; the marker goes by the plan's own text */
  release?: Awaited<ReturnType<typeof readReleaseInPod>>;
}

/** What a plan with a record shares with the other pods of its StatefulSet. */
interface SharedState {
  book: RecordStore;
  openLock: OpenLock;
  askApi: AskApi;
  /** the pod had left and is back: what its marker says is then verified, not believed */
  isBack: boolean;
}

/** Output lines of a failed step that the termination message may show. */
const KEPT_LINES = 20;

/** Runs the plan's steps in order and stops at the first that fails. Rejects only for faults of Rollcall's own. */
export async function runPlan(plan: Plan, world: World): Promise<RunOutcome> {
  const todo = plan.steps.map((step) => {
    const story: StepReport = { name: step.name, did: "waiting", seconds: 0 };
    return { step, story };
  });
  const lastLines: string[] = [];
  const { pod, nodeId } = plan.identity;
  const finish = (failure: Failure | null): RunOutcome => ({
    failure,
    story: { pod, nodeId, steps: todo.map(({ story }) => story), lastLines },
  });
  const keep = (line: string): void => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  };

  const run = await openRun(plan, world);
  if ("failure" in run) return finish(run.failure);

  for (const { step, story } of todo) {
    const began = world.monotonic();
    lastLines.length = 0;
    const result = await takeStep(run, step, keep);
    story.seconds = (world.monotonic() - began) / 1000;
    story.did = typeof result === "string" ? result : "failed";
    if (typeof result !== "string") return finish(result);
  }
  lastLines.length = 0;
  return finish((await run.ledger.close()) ?? (await recordReturn(run)));
}

async function openRun(plan: Plan, world: World): Promise<RunContext | { failure: Failure }> {
  const stores = openStores(plan, world);
  const before = await readBefore(plan, stores, world);
  if ("failure" in before) return before;
  const shared = await openShared(plan, world);
  if (shared !== null && "failure" in shared) return shared;
  const ledger = openLedger(plan, stores, world, before);
  return { plan, ledger, world, shared };
}

async function openShared(plan: Plan, world: World): Promise<SharedState | null | { failure: Failure }> {
  const { askApi } = world;
  if (askApi === null) return null;
  const records = openRecord(plan, askApi, world);
  const found = await detectReturn(plan, records, world);
  if ("failure" in found) return found;
  return { book: records, askApi, openLock: prepareLock(plan, world), isBack: found.isBack };
}

async function recordReturn({ plan, world, shared }: RunContext): Promise<Failure | null> {
  return shared?.isBack === true ? clearDeparture({ ...shared, plan, world }) : null;
}

async function takeStep(
  run: RunContext,
  step: PlanStep,
  keep: (line: string) => void,
): Promise<"ran" | "skipped" | Failure> {
  const { world, shared } = run;
  if (world.stop.aborted) return { name: "stopped", step: null };
  const onLine = (line: string): void => {
    keep(line);
    world.log(`[${step.name}] ${line}`);
  };
  if (step.scope === "pod") return takePodStep({ ...run, step, onLine, isBack: shared?.isBack === true });
  if (shared === null) return { name: "invalid-plan", why: "a release step without an API server" };
  run.release ??= await readReleaseInPod(run.plan, world, onLine);
  if ("failure" in run.release) return run.release.failure;
  const plan = { ...run.plan, release: run.release.release };
  // late: most plans have none
  const { takeReleaseStep } = await import("./release/takeReleaseStep.ts");
  return takeReleaseStep({ ...run, plan, step, onLine, ...shared });
}

export interface PodStepInput {
  step: PlanStep;
  ledger: MarkerWriter;
  world: World;
  /** the pod had left and is back: its marker is of the time before */
  isBack: boolean;
  onLine: OnLine;
}

/** Takes a pod step: skipped where it is proven and still holds, else run, proven and marked. */
export async function takePodStep(input: PodStepInput): Promise<"ran" | "skipped" | Failure> {
  const { step, ledger, world, onLine } = input;
  if (ledger.standing(step) !== "unmarked") {
    const proven = await proveMarked(input);
    if (proven !== null) return proven;
  }
  // what was just seen not to hold must not stand in the marker while it is done again
  const unusable = (await ledger.whyNotWritable()) ?? (await ledger.withdraw(step));
  if (unusable !== null) return unusable;
  const startedAt = world.now().toISOString();
  const done = await doStepWithRetries(step, world, onLine);
  if ("failure" in done) return done.failure;
  world.log(`step ${step.name}: done (${done.evidence})`);
  const failure = await ledger.add({
    name: step.name,
    digest: computeStepDigest(step),
    runId: world.runId,
    startedAt,
    finishedAt: world.now().toISOString(),
    evidence: done.evidence,
  });
  return failure ?? "ran";
}

/** Whether what the marker says holds: null where it does not. */
async function proveMarked({
  step,
  ledger,
  world,
  isBack,
  onLine,
}: PodStepInput): Promise<"skipped" | Failure | null> {
  const isSure = ledger.standing(step) === "marked" && !isBack;
  const holds = await (isSure ? checkStillHolds : holdsNow)(step, world, onLine);
  if ("failure" in holds) return holds.failure;
  if (holds.holds) {
    world.log(`step ${step.name}: was done before (${holds.evidence}), not run again`);
    return (await ledger.confirm(step)) ?? "skipped";
  }
  world.log(`step ${step.name}: is marked as done, but ${holds.evidence}: running it again`);
  return null;
}

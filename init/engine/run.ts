// Carries out a plan: each step is run, proven by its verify, and only then marked (I3: no marker without
// evidence). What is marked and still holds is not run again, so that a recreated pod does nothing twice.

import type { Plan, PlanStep } from "../contract/plan.ts";
import { readBefore } from "./before.ts";
import type { Failure } from "./failure.ts";
import { rejoin, whetherBack } from "./leave/back.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { lockOf, type OpenLock } from "./lock/open.ts";
import type { StepStory, Story } from "./message.ts";
import { takePodStep } from "./podStep.ts";
import type { World } from "./ports.ts";
import { type Book, bookOf } from "./record/book.ts";
import { releaseInPod } from "./release/inPod.ts";
import { openStores } from "./stores/open.ts";

export interface Outcome {
  /** null: every step is done and marked */
  failure: Failure | null;
  story: Story;
}

/** What the steps of one run share. */
export interface Run {
  plan: Plan;
  ledger: Ledger;
  world: World;
  /** null: the plan asks the API server for nothing */
  book: Book | null;
  openLock: OpenLock;
  /** the record, where the pod had left and is back: what its marker says is then verified, not believed */
  back: Book | null;
  /** what the record calls this release, once it was asked for; the marker goes by the plan's own text */
  release?: Awaited<ReturnType<typeof releaseInPod>>;
}

/** Output lines of a failed step that the termination message may show. */
const KEPT_LINES = 20;

/** Runs the plan's steps in order and stops at the first that fails. Rejects only for faults of Rollcall's own. */
export async function runPlan(plan: Plan, world: World): Promise<Outcome> {
  const todo = plan.steps.map((step) => {
    const story: StepStory = { name: step.name, did: "waiting", seconds: 0 };
    return { step, story };
  });
  const lastLines: string[] = [];
  const { pod, nodeId } = plan.identity;
  const finish = (failure: Failure | null): Outcome => ({
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
  const { back } = run;
  return finish((await run.ledger.close()) ?? (back === null ? null : await rejoin({ ...run, back })));
}

async function openRun(plan: Plan, world: World): Promise<Run | { failure: Failure }> {
  const stores = openStores(plan, world);
  const before = await readBefore(plan, stores, world);
  if ("failure" in before) return before;
  const book = bookOf(plan, world);
  const found = await whetherBack(plan, book, world);
  if ("failure" in found) return found;
  const ledger = openLedger(plan, stores, world, before);
  return { plan, ledger, world, book, openLock: lockOf(plan, world), back: found.back };
}

async function takeStep(
  run: Run,
  step: PlanStep,
  keep: (line: string) => void,
): Promise<"ran" | "skipped" | Failure> {
  const { world, book } = run;
  if (world.stop.aborted) return { name: "stopped", step: null };
  const onLine = (line: string): void => {
    keep(line);
    world.log(`[${step.name}] ${line}`);
  };
  if (step.scope === "pod") return takePodStep({ ...run, step, onLine, isBack: run.back !== null });
  if (book === null || world.askApi === null)
    return { name: "invalid-plan", why: "a release step without an API server" };
  run.release ??= await releaseInPod(run.plan, world, onLine);
  if ("failure" in run.release) return run.release.failure;
  const plan = { ...run.plan, release: run.release.release };
  // late: most plans have none
  const { takeReleaseStep } = await import("./release/step.ts");
  return takeReleaseStep({ ...run, plan, step, onLine, book, askApi: world.askApi });
}

// Carries out a plan: each step is run, proven by its verify, and only then marked (I3: no marker without
// evidence). What is marked and still holds is not run again, so that a recreated pod does nothing twice.

import { type Plan, type PlanStep, stepDigest } from "../contract/plan.ts";
import type { Failure } from "./failure.ts";
import { type Ledger, openLedger, readBefore } from "./ledger.ts";
import type { StepStory, Story } from "./message.ts";
import type { World } from "./ports.ts";
import { doStepWithRetries } from "./retry.ts";
import { stillHolds } from "./step.ts";
import type { MarkerStore } from "./stores/pvc.ts";

export interface Outcome {
  /** null: every step is done and marked */
  failure: Failure | null;
  story: Story;
}

/** Runs the plan's steps in order and stops at the first that fails. Rejects only for faults of Rollcall's own. */
export async function runPlan(plan: Plan, store: MarkerStore, world: World): Promise<Outcome> {
  const stories: StepStory[] = plan.steps.map(({ name }) => ({ name, did: "waiting", seconds: 0 }));
  const lastLines: string[] = [];
  const finish = (failure: Failure | null): Outcome => ({
    failure,
    story: { pod: plan.identity.pod, nodeId: plan.identity.nodeId, steps: stories, lastLines },
  });

  const before = await readBefore(plan, store, world);
  if ("failure" in before) return finish(before.failure);
  const ledger = openLedger(plan, store, world, before);

  for (const [index, step] of plan.steps.entries()) {
    const story = stories[index];
    if (story === undefined) break;
    const began = world.now().getTime();
    lastLines.length = 0;
    const keep = (line: string): void => {
      lastLines.push(line);
      if (lastLines.length > KEPT_LINES) lastLines.shift();
    };
    const result = await takeStep({ step, ledger, world, keep });
    story.seconds = (world.now().getTime() - began) / 1000;
    story.did = typeof result === "string" ? result : "failed";
    if (typeof result !== "string") return finish(result);
  }
  lastLines.length = 0;
  return finish(await ledger.close());
}

/** Output lines of a failed step that the termination message may show. */
const KEPT_LINES = 20;

async function takeStep(given: {
  step: PlanStep;
  ledger: Ledger;
  world: World;
  keep: (line: string) => void;
}): Promise<"ran" | "skipped" | Failure> {
  const { step, ledger, world, keep } = given;
  if (world.stop.aborted) return { name: "stopped", step: null };
  const onLine = (line: string): void => {
    keep(line);
    world.log(`[${step.name}] ${line}`);
  };
  if (ledger.isMarked(step)) {
    const holds = await stillHolds(step, world, onLine);
    if ("failure" in holds) return holds.failure;
    if (holds.holds) {
      world.log(`step ${step.name}: was done before (${holds.evidence}), not run again`);
      return "skipped";
    }
    world.log(`step ${step.name}: is marked as done, but ${holds.evidence}: running it again`);
  }
  // what was just seen not to hold must not stand in the marker while it is done again
  const unusable = (await ledger.whyNotWritable()) ?? (await ledger.withdraw(step));
  if (unusable !== null) return unusable;
  const startedAt = world.now().toISOString();
  const done = await doStepWithRetries(step, world, onLine);
  if ("failure" in done) return done.failure;
  world.log(`step ${step.name}: done (${done.evidence})`);
  return (
    (await ledger.add({
      name: step.name,
      digest: stepDigest(step),
      runId: world.runId,
      startedAt,
      finishedAt: world.now().toISOString(),
      evidence: done.evidence,
    })) ?? "ran"
  );
}

// Carries out a plan: each step is run, proven by its verify, and only then marked (I3: no marker without
// evidence). What is marked and still holds is not run again, so that a recreated pod does nothing twice.

import { digestOf } from "../contract/digest.ts";
import {
  foreignField,
  MARKER_SCHEMA,
  type Marker,
  type MarkerStep,
  readMarker,
  writeMarker,
} from "../contract/marker.ts";
import { type Plan, type PlanStep, stepDigest } from "../contract/plan.ts";
import { VERSION } from "../contract/version.ts";
import type { Failure } from "./failure.ts";
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

/** What is on the volume before anything is done: the marker's valid steps, or a reason to touch nothing. */
interface Before {
  steps: readonly MarkerStep[];
  result: Marker["result"] | null;
  /** something unreadable lies in the marker's place: it is kept under another name before the first write */
  setAside: "torn" | null;
}

async function readBefore(
  plan: Plan,
  store: MarkerStore,
  world: World,
): Promise<Before | { failure: Failure }> {
  const nothing: Before = { steps: [], result: null, setAside: null };
  const stored = await store.read();
  if (stored.is === "unusable") {
    return { failure: { name: "marker-volume-unusable", path: store.path, why: stored.why } };
  }
  if (stored.is === "absent") return nothing;
  const reading = readMarker(stored.text);
  if (reading.is === "torn") {
    world.log(`marker ${store.path} is not trusted: ${reading.why}; all steps run again`);
    return { ...nothing, setAside: "torn" };
  }
  // its identity and steps cannot be read here: after a rollback of Rollcall nothing may be done twice
  if (reading.is === "future")
    return { failure: { name: "marker-future", path: store.path, schema: reading.schema } };
  const { marker } = reading;
  const field = foreignField(marker, plan.identity);
  if (field !== null) {
    const mine = plan.identity[field];
    return { failure: { name: "marker-foreign", path: store.path, field, found: marker[field], mine } };
  }
  if (marker.release !== plan.release) {
    world.log(
      `marker ${store.path} is of release ${marker.release}, now it is ${plan.release}: all steps run again`,
    );
    return nothing;
  }
  return { ...nothing, steps: marker.steps, result: marker.result };
}

/** The marker as it grows: one entry for each proven step. */
interface Ledger {
  isMarked(step: PlanStep): boolean;
  whyNotWritable(): Promise<Failure | null>;
  /** takes a step's entry out of the marker, where there is one */
  withdraw(step: PlanStep): Promise<Failure | null>;
  add(entry: MarkerStep): Promise<Failure | null>;
  /** writes the marker as complete where it does not say so already */
  close(): Promise<Failure | null>;
}

function openLedger(plan: Plan, store: MarkerStore, world: World, before: Before): Ledger {
  const digests = new Map(plan.steps.map((step) => [step.name, stepDigest(step)]));
  const entries = new Map(
    before.steps
      .filter(({ name, digest }) => digests.get(name) === digest)
      .map((entry) => [entry.name, entry]),
  );
  let { result, setAside } = before;
  let tried = false;

  const unusable = (why: string): Failure => ({ name: "marker-volume-unusable", path: store.path, why });

  const write = async (): Promise<Failure | null> => {
    const steps = plan.steps.flatMap(({ name }) => entries.get(name) ?? []);
    const next = steps.length === plan.steps.length ? "complete" : "partial";
    if (setAside !== null) {
      world.log(`what lay there is kept as ${await store.setAside(setAside)}`);
      setAside = null;
    }
    const text = writeMarker({
      schema: MARKER_SCHEMA,
      ...plan.identity,
      podUid: world.podUid,
      release: plan.release,
      planDigest: digestOf(plan),
      steps,
      result: next,
      writtenAt: world.now().toISOString(),
      toolVersion: VERSION,
    });
    const why = await store.write(text);
    if (why !== null) return unusable(why);
    result = next;
    return null;
  };

  return {
    isMarked: ({ name }) => entries.has(name),
    // before the first command runs, not after it: work that cannot be proven is not begun
    whyNotWritable: async () => {
      if (tried) return null;
      const why = await store.whyNotWritable();
      tried = why === null;
      return why === null ? null : unusable(why);
    },
    withdraw: async ({ name }) => (entries.delete(name) ? write() : null),
    add: (entry) => {
      entries.set(entry.name, entry);
      return write();
    },
    close: async () => (result === "complete" ? null : write()),
  };
}

// The marker during a run: what was proven before, and what is proven now, written after each step.
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
import type { World } from "./ports.ts";
import type { MarkerStore } from "./stores/pvc.ts";

/** What is on the volume before anything is done: the marker's valid steps, or a reason to touch nothing. */
export interface Before {
  steps: readonly MarkerStep[];
  result: Marker["result"] | null;
  /** something unreadable lies in the marker's place: it is kept under another name before the first write */
  setAside: "torn" | null;
}

/** Reads the marker that is there, and judges it: whole, this pod's, of this release. */
export async function readBefore(
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
export interface Ledger {
  isMarked(step: PlanStep): boolean;
  whyNotWritable(): Promise<Failure | null>;
  /** takes a step's entry out of the marker, where there is one */
  withdraw(step: PlanStep): Promise<Failure | null>;
  add(entry: MarkerStep): Promise<Failure | null>;
  /** writes the marker as complete where it does not say so already */
  close(): Promise<Failure | null>;
}

/** The ledger of a run, begun with what is valid on the volume. */
export function openLedger(plan: Plan, store: MarkerStore, world: World, before: Before): Ledger {
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

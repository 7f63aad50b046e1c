// What was proven before this run: the markers of every store, judged. Only a whole marker of this very pod and release
// counts; what the stores do not agree on is doubtful.
import { foreignField, type Marker, type MarkerStep, readMarker } from "../contract/marker.ts";
import type { Plan } from "../contract/plan.ts";
import type { Failure } from "./failure.ts";
import type { World } from "./ports.ts";
import type { MarkerStore } from "./stores/store.ts";

export interface Before {
  steps: readonly MarkerStep[];
  /** by store: what is not in the other, or there by another run: to be verified again */
  doubtful: ReadonlyMap<MarkerStore, readonly MarkerStep[]>;
  /** complete only where every store says so */
  result: "complete" | null;
  /** stores where something unreadable lies in the marker's place: it is kept under another name before the first write */
  torn: readonly MarkerStore[];
}

/** Reads the markers that are there, and judges them. */
export async function readBefore(
  plan: Plan,
  stores: readonly MarkerStore[],
  world: Pick<World, "log">,
): Promise<Before | { failure: Failure }> {
  const all: Judged[] = [];
  for (const store of stores) {
    const judged = await judge(plan, store, world);
    if ("failure" in judged) return judged;
    all.push(judged);
  }
  const [first, ...others] = all;
  const torn = stores.filter((_, index) => all[index]?.isTorn);
  const isAgreed = (entry: MarkerStep): boolean =>
    others.every(({ steps }) => steps.some((each) => isSameProof(each, entry)));
  const steps = (first?.steps ?? []).filter(isAgreed);
  const names = new Set(steps.map(({ name }) => name));
  const doubtful = new Map(
    stores.map((store, index) => [store, (all[index]?.steps ?? []).filter(({ name }) => !names.has(name))]),
  );
  const unsure = [...new Set([...doubtful.values()].flat().map(({ name }) => name))];
  if (unsure.length > 0) {
    const places = stores.map(({ path }) => path).join(" and ");
    world.log(`the markers ${places} do not agree on ${unsure.join(", ")}: verifying again`);
  }
  const results = all.map(({ result }) => result);
  return { steps, doubtful, result: results.every((each) => each === "complete") ? "complete" : null, torn };
}

const isSameProof = (one: MarkerStep, other: MarkerStep): boolean =>
  one.name === other.name && one.digest === other.digest && one.runId === other.runId;

interface Judged {
  steps: readonly MarkerStep[];
  result: Marker["result"] | null;
  isTorn: boolean;
}

async function judge(
  plan: Plan,
  store: MarkerStore,
  world: Pick<World, "log">,
): Promise<Judged | { failure: Failure }> {
  const nothing: Judged = { steps: [], result: null, isTorn: false };
  const stored = await store.read();
  if (stored.is === "unusable") return { failure: store.unusable(stored.why) };
  if (stored.is === "absent") return nothing;
  const reading = readMarker(stored.text);
  if (reading.is === "torn") {
    world.log(`marker ${store.path} is not trusted: ${reading.why}; what it said counts for nothing`);
    return { ...nothing, isTorn: true };
  }
  // its identity and steps cannot be read here: after a rollback of Rollcall nothing may be done twice
  if (reading.is === "future") {
    return { failure: { name: "marker-newer-format", path: store.path, schema: reading.schema } };
  }
  const unsettled = await store.settle();
  if (unsettled !== null) return { failure: store.unusable(unsettled) };
  const { marker } = reading;
  const field = foreignField(marker, plan.identity);
  if (field !== null) {
    const mine = plan.identity[field];
    return { failure: { name: "marker-mismatch", path: store.path, field, found: marker[field], mine } };
  }
  if (marker.release !== plan.release) {
    world.log(
      `marker ${store.path} is of release ${marker.release}, now it is ${plan.release}: all steps run again`,
    );
    return nothing;
  }
  return { ...nothing, steps: marker.steps, result: marker.result };
}

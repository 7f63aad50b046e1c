// The markers of a pod during a run: what was proven before, and what is proven now, written after each step into every
// store. Only a whole marker of this very pod and release counts; what the stores do not agree on is doubtful.

import { computeDigest } from "../contract/digest.ts";
import {
  findForeignField,
  MARKER_SCHEMA,
  type Marker,
  type MarkerStep,
  readMarker,
  writeMarker,
} from "../contract/marker.ts";
import { computeStepDigest, type Plan, type PlanStep } from "../contract/plan.ts";
import { buildObjectKeys } from "../contract/s3.ts";
import { VERSION } from "../contract/version.ts";
import type { Failure } from "./failure.ts";
import type { World } from "./ports.ts";
import { createPvcStore } from "./stores/createPvcStore.ts";
import { createS3Store } from "./stores/createS3Store.ts";
import type { MarkerStore } from "./stores/store.ts";

/** The stores that a plan's marker lives in: the volume, the bucket, or both. @returns at least one; throws where a plan in S3 came without S3, which the plan's schema excludes */
export function openStores(
  { markers, s3, identity }: Plan,
  world: Pick<World, "files" | "objects" | "runId" | "pause" | "random" | "stop">,
): MarkerStore[] {
  const volume =
    markers.store === "s3"
      ? []
      : [
          createPvcStore(
            { root: markers.root, folder: markers.path, pod: identity.pod },
            world.files,
            world.runId,
          ),
        ];
  if (markers.store === "pvc") return volume;
  if (s3 === null || world.objects === null) throw new Error("markers in S3 without S3");
  return [...volume, createS3Store(buildObjectKeys(s3.prefix, identity), world.objects, world)];
}

export interface LoadedMarkers {
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
): Promise<LoadedMarkers | { failure: Failure }> {
  const all: ParsedMarker[] = [];
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

interface ParsedMarker {
  steps: readonly MarkerStep[];
  result: Marker["result"] | null;
  isTorn: boolean;
}

async function judge(
  plan: Plan,
  store: MarkerStore,
  world: Pick<World, "log">,
): Promise<ParsedMarker | { failure: Failure }> {
  const nothing: ParsedMarker = { steps: [], result: null, isTorn: false };
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
  const field = findForeignField(marker, plan.identity);
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

/** marked: proven; doubtful: marked, but not by every witness, so that only verify can tell; unmarked: to be done */
export type StepState = "marked" | "doubtful" | "unmarked";

/** The marker as it grows: one entry for each proven step. */
export interface MarkerWriter {
  standing(step: PlanStep): StepState;
  whyNotWritable(): Promise<Failure | null>;
  /** takes a step's entry out of the marker, where there is one */
  withdraw(step: PlanStep): Promise<Failure | null>;
  /** the entry of a doubtful step that was seen to hold: as it was written once */
  confirm(step: PlanStep): Promise<Failure | null>;
  add(entry: MarkerStep): Promise<Failure | null>;
  /** writes the marker as complete where it does not say so already */
  close(): Promise<Failure | null>;
}

/** The ledger of a run, begun with what is valid in the stores. */
export function openLedger(
  plan: Plan,
  stores: readonly MarkerStore[],
  world: Pick<World, "now" | "log" | "podUid">,
  before: LoadedMarkers,
): MarkerWriter {
  const digests = new Map(plan.steps.map((step) => [step.name, computeStepDigest(step)]));
  const valid = (entries: readonly MarkerStep[]): [string, MarkerStep][] =>
    entries.filter(({ name, digest }) => digests.get(name) === digest).map((entry) => [entry.name, entry]);
  const entries = new Map(valid(before.steps));
  const doubtful = new Map(stores.map((store) => [store, new Map(valid(before.doubtful.get(store) ?? []))]));
  const torn = new Set(before.torn);
  let result: Marker["result"] | null = before.result;
  let tried = false;

  const doubtfulEntry = (name: string): MarkerStep | undefined =>
    stores.map((store) => doubtful.get(store)?.get(name)).find((entry) => entry !== undefined);
  const forgetDoubts = (name: string): boolean =>
    stores.map((store) => doubtful.get(store)?.delete(name) ?? false).includes(true);

  // what is doubtful stays where it was, so that it is as doubtful at the next start
  const stepsFor = (store: MarkerStore): MarkerStep[] =>
    plan.steps.flatMap(({ name }) => entries.get(name) ?? doubtful.get(store)?.get(name) ?? []);

  const write = async (): Promise<Failure | null> => {
    const next = entries.size === plan.steps.length ? "complete" : "partial";
    for (const store of stores) {
      const failure = await keepTorn(store, { torn, world });
      if (failure !== null) return failure;
      const why = await store.write(formatMarker(plan, world, { steps: stepsFor(store), result: next }));
      if (why !== null) return store.unusable(why);
    }
    result = next;
    return null;
  };

  return {
    standing: ({ name }) => {
      if (entries.has(name)) return "marked";
      return doubtfulEntry(name) === undefined ? "unmarked" : "doubtful";
    },
    // before the first command runs, not after it: work that cannot be proven is not begun
    whyNotWritable: async () => {
      if (tried) return null;
      for (const store of stores) {
        const why = await store.whyNotWritable();
        if (why !== null) return store.unusable(why);
      }
      tried = true;
      return null;
    },
    withdraw: async ({ name }) => {
      const wasDoubtful = forgetDoubts(name);
      return entries.delete(name) || wasDoubtful ? write() : null;
    },
    confirm: async ({ name }) => {
      const entry = doubtfulEntry(name);
      if (entry === undefined) return null;
      forgetDoubts(name);
      entries.set(name, entry);
      return write();
    },
    add: (entry) => {
      forgetDoubts(entry.name);
      entries.set(entry.name, entry);
      return write();
    },
    close: async () => (result === "complete" ? null : write()),
  };
}

/** The text of this pod's marker with these entries, written now. */
export function formatMarker(
  plan: Plan,
  world: Pick<World, "podUid" | "now">,
  { steps, result }: Pick<Marker, "steps" | "result">,
): string {
  return writeMarker({
    schema: MARKER_SCHEMA,
    ...plan.identity,
    podUid: world.podUid,
    release: plan.release,
    planDigest: computeDigest(plan),
    steps,
    result,
    writtenAt: world.now().toISOString(),
    toolVersion: VERSION,
  });
}

/**
 * Keeps what cannot be read under another name, before it is written over.
 * @param torn the stores whose marker is; the one that was kept is taken out
 */
export async function keepTorn(
  store: MarkerStore,
  { torn, world }: { torn: Set<MarkerStore>; world: Pick<World, "log"> },
): Promise<Failure | null> {
  if (!torn.has(store)) return null;
  const aside = await store.setAside("torn");
  if ("why" in aside) return store.unusable(`what lies there could not be kept: ${aside.why}`);
  world.log(`what lay there is kept as ${aside.kept}`);
  torn.delete(store);
  return null;
}

// The markers of a pod during a run: the steps proven before and those proven now, written to every store after each
// step. Only an intact marker of this pod and release counts. A step on which the stores disagree is doubtful.

import {
  computeDigest,
  computeStepDigest,
  findForeignField,
  MARKER_SCHEMA,
  type Marker,
  type MarkerStep,
  readMarker,
  writeMarker,
} from "../contract/marker.ts";
import type { Plan, PlanStep } from "../contract/plan.ts";
import { buildObjectKeys } from "../contract/s3.ts";
import { VERSION } from "../contract/version.ts";
import type { Failure } from "./failure.ts";
import type { World } from "./ports.ts";
import { createPvcStore } from "./stores/createPvcStore.ts";
import { createS3Store } from "./stores/createS3Store.ts";
import type { MarkerStore } from "./stores/store.ts";

/**
 * Opens the stores of a plan's marker: the volume, the bucket, or both.
 * @returns at least one
 * @throws if the plan lacks S3 settings, which its schema excludes
 */
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
  /** by store: steps that another store lacks or has from another run, so they are verified again */
  doubtful: ReadonlyMap<MarkerStore, readonly MarkerStep[]>;
  /** complete only if every store says so */
  result: "complete" | null;
  /** stores with a corrupt marker, which is renamed before the first write */
  corrupt: readonly MarkerStore[];
}

/** Reads and validates the markers in all stores. */
export async function readBefore(
  plan: Plan,
  stores: readonly MarkerStore[],
  world: Pick<World, "log">,
): Promise<LoadedMarkers | { failure: Failure }> {
  const all: ParsedMarker[] = [];
  for (const store of stores) {
    const loaded = await loadMarker(plan, store, world);
    if ("failure" in loaded) return loaded;
    all.push(loaded);
  }
  const [first, ...others] = all;
  const corrupt = stores.filter((_, index) => all[index]?.isCorrupt);
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
    world.log(`the markers ${places} disagree on ${unsure.join(", ")}: verifying again`);
  }
  const results = all.map(({ result }) => result);
  return {
    steps,
    doubtful,
    result: results.every((each) => each === "complete") ? "complete" : null,
    corrupt,
  };
}

const isSameProof = (one: MarkerStep, other: MarkerStep): boolean =>
  one.name === other.name && one.digest === other.digest && one.runId === other.runId;

interface ParsedMarker {
  steps: readonly MarkerStep[];
  result: Marker["result"] | null;
  isCorrupt: boolean;
}

async function loadMarker(
  plan: Plan,
  store: MarkerStore,
  world: Pick<World, "log">,
): Promise<ParsedMarker | { failure: Failure }> {
  const nothing: ParsedMarker = { steps: [], result: null, isCorrupt: false };
  const stored = await store.read();
  if (stored.is === "unusable") return { failure: store.unusable(stored.why) };
  if (stored.is === "absent") return nothing;
  const reading = readMarker(stored.text);
  if (reading.is === "torn") {
    world.log(`ignoring the corrupt marker ${store.path}: ${reading.why}`);
    return { ...nothing, isCorrupt: true };
  }
  // its identity and steps cannot be read by this version: after a rollback of Rollcall no step may be done twice
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
      `marker ${store.path} is of release ${marker.release}, and the plan of ${plan.release}: all steps run again`,
    );
    return nothing;
  }
  return { ...nothing, steps: marker.steps, result: marker.result };
}

/** marked: proven; doubtful: not marked in every store, so verify decides; unmarked: not done */
export type StepState = "marked" | "doubtful" | "unmarked";

/** Updates the marker during a run: one entry for each proven step. */
export interface MarkerWriter {
  standing(step: PlanStep): StepState;
  whyNotWritable(): Promise<Failure | null>;
  /** removes a step's entry from the marker, if there is one */
  withdraw(step: PlanStep): Promise<Failure | null>;
  /** restores the original entry of a doubtful step that was verified */
  confirm(step: PlanStep): Promise<Failure | null>;
  add(entry: MarkerStep): Promise<Failure | null>;
  /** writes the marker as complete unless it is already */
  close(): Promise<Failure | null>;
}

/** Opens the marker of a run with the entries that are valid in the stores. */
export function openMarkerWriter(
  plan: Plan,
  stores: readonly MarkerStore[],
  world: Pick<World, "now" | "log" | "podUid">,
  before: LoadedMarkers,
): MarkerWriter {
  const digests = new Map(plan.steps.map((step) => [step.name, computeStepDigest(step)]));
  const selectValid = (entries: readonly MarkerStep[]): [string, MarkerStep][] =>
    entries.filter(({ name, digest }) => digests.get(name) === digest).map((entry) => [entry.name, entry]);
  const entries = new Map(selectValid(before.steps));
  const doubtful = new Map(
    stores.map((store) => [store, new Map(selectValid(before.doubtful.get(store) ?? []))]),
  );
  const corrupt = new Set(before.corrupt);
  let result: Marker["result"] | null = before.result;
  let isWritable = false;

  const doubtfulEntry = (name: string): MarkerStep | undefined =>
    stores.map((store) => doubtful.get(store)?.get(name)).find((entry) => entry !== undefined);
  const forgetDoubts = (name: string): boolean =>
    stores.map((store) => doubtful.get(store)?.delete(name) ?? false).includes(true);

  // doubtful entries stay in their store, so they are doubtful at the next start as well
  const stepsFor = (store: MarkerStore): MarkerStep[] =>
    plan.steps.flatMap(({ name }) => entries.get(name) ?? doubtful.get(store)?.get(name) ?? []);

  const write = async (): Promise<Failure | null> => {
    const next = entries.size === plan.steps.length ? "complete" : "partial";
    for (const store of stores) {
      const failure = await quarantineMarker(store, { corrupt, world });
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
    // checked before the first command runs: work that cannot be marked is not started
    whyNotWritable: async () => {
      if (isWritable) return null;
      for (const store of stores) {
        const why = await store.whyNotWritable();
        if (why !== null) return store.unusable(why);
      }
      isWritable = true;
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

/** The text of this pod's marker with these entries and the current time. */
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
 * Renames a corrupt marker before it would be overwritten.
 * @param corrupt the stores with a corrupt marker; a store is removed once its marker is renamed
 */
export async function quarantineMarker(
  store: MarkerStore,
  { corrupt, world }: { corrupt: Set<MarkerStore>; world: Pick<World, "log"> },
): Promise<Failure | null> {
  if (!corrupt.has(store)) return null;
  const aside = await store.setAside("torn");
  if ("why" in aside) return store.unusable(`cannot rename the corrupt marker: ${aside.why}`);
  world.log(`the corrupt marker was renamed to ${aside.kept}`);
  corrupt.delete(store);
  return null;
}

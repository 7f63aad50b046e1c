// The marker of a member: one entry, named by how it came into the ring. Written only after its proof (I3), and taken
// back before its state is set aside.
import { digestOf } from "../../../init/contract/digest.ts";
import type { MarkerStep } from "../../../init/contract/marker.ts";
import type { Failure } from "../../../init/engine/failure.ts";
import { keepTorn, markerText } from "../../../init/engine/markerText.ts";
import type { MarkerStore } from "../../../init/engine/stores/store.ts";
import type { Around } from "./around.ts";
import type { Version } from "./read/version.ts";

/** How a member came into its ring; adopted: it was there before Rollcall. */
export type Joined = "seed" | "bootstrap" | "adopted";

/** What a marker is about: another volume's, cluster's or service's is none of this member. */
export function memberDigest(
  { ozone, me }: Pick<Around, "ozone" | "me">,
  { clusterID, omUuid }: Version,
): string {
  return digestOf({ serviceId: ozone.serviceId, nodeId: me, clusterID, omUuid });
}

export async function mark(
  around: Around,
  entry: { how: Joined; version: Version; startedAt: string; evidence: string },
): Promise<Failure | null> {
  const { world } = around;
  const step: MarkerStep = {
    name: entry.how,
    digest: memberDigest(around, entry.version),
    runId: world.runId,
    startedAt: entry.startedAt,
    finishedAt: world.now().toISOString(),
    evidence: entry.evidence,
  };
  world.log(`marked: ${entry.how}, since ${entry.evidence}`);
  return write(around, [step]);
}

/** Takes the entry out of the marker, where there is one. */
export async function unmark(around: Around): Promise<Failure | null> {
  return around.isMarked ? write(around, []) : null;
}

/** Before a daemon is started: what cannot be marked is not begun. */
export async function whyNotMarkable({ stores }: Around): Promise<Failure | null> {
  for (const store of stores) {
    const why = await store.whyNotWritable();
    if (why !== null) return store.unusable(why);
  }
  return null;
}

async function write(around: Around, steps: readonly MarkerStep[]): Promise<Failure | null> {
  const { plan, stores, world } = around;
  const text = markerText(plan, world, { steps, result: steps.length > 0 ? "complete" : "partial" });
  for (const store of stores) {
    const failure = (await keepTorn(store, around)) ?? whyUnusable(store, await store.write(text));
    if (failure !== null) return failure;
  }
  return null;
}

const whyUnusable = (store: MarkerStore, why: string | null): Failure | null =>
  why === null ? null : store.unusable(why);

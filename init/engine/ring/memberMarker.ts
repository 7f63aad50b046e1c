// The marker of a member: one entry, named by how it came into the ring. Written only after its proof (I3), and taken
// back before its state is set aside.
import type { MarkerStep } from "../../contract/marker.ts";
import type { Plan } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import { formatMarker, keepTorn } from "../markers.ts";
import type { RingWorld } from "../ringPorts.ts";
import type { MarkerStore } from "../stores/store.ts";

/** How a member came into its ring; adopted: it was there before Rollcall. */
export type JoinKind = "seed" | "bootstrap" | "adopted";

export interface MarkerContext {
  readonly plan: Plan;
  readonly world: RingWorld;
  readonly stores: readonly MarkerStore[];
  /** what all the markers said at the start */
  readonly marked: readonly MarkerStep[];
  /** any marker said that this member had joined */
  readonly isMarked: boolean;
  /** stores where something unreadable lies in the marker's place */
  readonly torn: Set<MarkerStore>;
}

/** @param entry digest: what the marker is about, so that another volume's or ring's is none of this member */
export async function markMember(
  context: MarkerContext,
  entry: { how: JoinKind; digest: string; startedAt: string; evidence: string },
): Promise<Failure | null> {
  const { world } = context;
  const step: MarkerStep = {
    name: entry.how,
    digest: entry.digest,
    runId: world.runId,
    startedAt: entry.startedAt,
    finishedAt: world.now().toISOString(),
    evidence: entry.evidence,
  };
  world.log(`marked: ${entry.how}, since ${entry.evidence}`);
  return write(context, [step]);
}

/** Takes the entry out of the marker, where there is one. */
export async function unmarkMember(context: MarkerContext): Promise<Failure | null> {
  return context.isMarked ? write(context, []) : null;
}

/** Before a daemon is started: what cannot be marked is not begun. */
export async function checkMarkable({ stores }: Pick<MarkerContext, "stores">): Promise<Failure | null> {
  for (const store of stores) {
    const why = await store.whyNotWritable();
    if (why !== null) return store.unusable(why);
  }
  return null;
}

async function write(context: MarkerContext, steps: readonly MarkerStep[]): Promise<Failure | null> {
  const { plan, stores, world } = context;
  const text = formatMarker(plan, world, { steps, result: steps.length > 0 ? "complete" : "partial" });
  for (const store of stores) {
    const failure = (await keepTorn(store, context)) ?? whyUnusable(store, await store.write(text));
    if (failure !== null) return failure;
  }
  return null;
}

const whyUnusable = (store: MarkerStore, why: string | null): Failure | null =>
  why === null ? null : store.unusable(why);

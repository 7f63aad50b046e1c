// The marker of a member: one entry, named by how it joined the ring. It is written only after proof (I3 in
// docs/architecture.md), and removed before the member's state is archived.
import type { MarkerStep } from "../../contract/marker.ts";
import type { Plan } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import { formatMarker, quarantineMarker } from "../markers.ts";
import type { RingWorld } from "../ringPorts.ts";
import type { MarkerStore } from "../stores/store.ts";

/** How a member joined its ring; adopted: before Rollcall was installed. */
export type JoinKind = "seed" | "bootstrap" | "adopted";

export interface MarkerContext {
  readonly plan: Plan;
  readonly world: RingWorld;
  readonly stores: readonly MarkerStore[];
  /** the entries on which all markers agreed at the start */
  readonly marked: readonly MarkerStep[];
  /** whether any marker said that this member had joined */
  readonly isMarked: boolean;
  /** stores with a corrupt marker */
  readonly corrupt: Set<MarkerStore>;
}

/** @param entry.digest identifies the member's state, so a marker of another volume or ring does not count */
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
  world.log(`marked: ${entry.how}: ${entry.evidence}`);
  return write(context, [step]);
}

/** Removes the entry from the marker, if there is one. */
export async function unmarkMember(context: MarkerContext): Promise<Failure | null> {
  return context.isMarked ? write(context, []) : null;
}

/** Checked before a daemon is started: a join that cannot be marked is not begun. */
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
    const failure = (await quarantineMarker(store, context)) ?? whyUnusable(store, await store.write(text));
    if (failure !== null) return failure;
  }
  return null;
}

const whyUnusable = (store: MarkerStore, why: string | null): Failure | null =>
  why === null ? null : store.unusable(why);

// The marker during a run: what was proven before, and what is proven now, written after each step into every store.
import type { Marker, MarkerStep } from "../contract/marker.ts";
import { type Plan, type PlanStep, stepDigest } from "../contract/plan.ts";
import type { Before } from "./before.ts";
import type { Failure } from "./failure.ts";
import { keepTorn, markerText } from "./markerText.ts";
import type { World } from "./ports.ts";
import type { MarkerStore } from "./stores/store.ts";

/** marked: proven; doubtful: marked, but not by every witness, so that only verify can tell; unmarked: to be done */
export type Standing = "marked" | "doubtful" | "unmarked";

/** The marker as it grows: one entry for each proven step. */
export interface Ledger {
  standing(step: PlanStep): Standing;
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
  before: Before,
): Ledger {
  const digests = new Map(plan.steps.map((step) => [step.name, stepDigest(step)]));
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
      const why = await store.write(markerText(plan, world, { steps: stepsFor(store), result: next }));
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

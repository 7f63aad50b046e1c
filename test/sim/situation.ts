// Plays a situation without faults and with a fault at each of its calls, and checks the outcome.

import { CRASHES, type Fault, formatFault } from "./faults.ts";
import { createPlace, type SimPlace } from "./place.ts";
import type { RunnerStart } from "./pod.ts";
import { startPod } from "./pod.ts";
import { assertAfterCut, check } from "./properties.ts";
import { buildShapePlan } from "./shapes.ts";
import { Broken, listFaults } from "./single.ts";
import type { Situation } from "./situations/situation.ts";

const clockwork = { name: "clockwork", dead: false, frozen: false };

const MOST_CALLS = 20;

/** Plays every single fault in a situation; returns their number. */
export async function playEveryFault(situation: Situation): Promise<number> {
  const clean = await tryOut(situation, null);
  return 1 + (await playFaults(situation, singleFaults(situation, clean)));
}

/** Plays every fault at the first call of each kind in a situation: a repeated call leads to the same decision. */
export async function playDistinctFaults(situation: Situation): Promise<number> {
  const clean = await tryOut(situation, null);
  const firsts = new Set(clean.calls.map(({ kind, what }) => `${kind} ${what}`).map(firstIndex));
  const faults = singleFaults(situation, clean).filter(({ index }) => firsts.has(index));
  return 1 + (await playFaults(situation, faults));
}

const firstIndex = (call: string, _: number, all: readonly string[]): number => all.indexOf(call);

function singleFaults({ isPlain }: Situation, clean: RunnerStart): Fault[] {
  if (isPlain) return [];
  // a runner that waits for hours repeats the same calls
  return listFaults(clean, () => true).filter(({ index }) => index < MOST_CALLS);
}

async function playFaults(situation: Situation, faults: readonly Fault[]): Promise<number> {
  for (const fault of faults) await tryOut(situation, fault);
  return faults.length;
}

async function tryOut(situation: Situation, fault: Fault | null): Promise<RunnerStart> {
  try {
    return await playSituation(situation, fault);
  } catch (error) {
    throw new Broken(error, `situation:${situation.name}/${fault === null ? "" : formatFault(fault)}`);
  }
}

export async function playSituation(
  situation: Situation,
  fault: Fault | null,
  trace?: (line: string) => void,
): Promise<RunnerStart> {
  const place = createPlace(trace);
  const { shape, isDoneBefore, prepare, always, later, plan: changes, work } = situation;
  const spec = (runId: string) => ({ disk: place.disk, podUid: "uid-0", runId });
  if (isDoneBefore) {
    await drive(
      place,
      startPod(place, { ...spec("run-before"), plan: buildShapePlan(shape, 0), podUid: "uid-before" }),
    );
  }
  prepare?.(place);
  if (later !== undefined) void place.scheduler.at(clockwork, later.at).then(() => later.change(place));
  if (always !== undefined) place.always = (kind, what) => always(kind, what, place);
  const plan = buildShapePlan(shape, 0, changes);
  const run = async (runId: string, faulty: Fault | null): Promise<RunnerStart> => {
    const start = startPod(place, {
      ...spec(runId),
      plan,
      ...(work === undefined ? {} : { work }),
      ...(faulty === null ? {} : { fault: (index: number) => (index === faulty.index ? faulty.how : null) }),
    });
    await drive(place, start);
    assertAfterCut(place, plan, start);
    return start;
  };
  const first = await run("run-1", fault);
  let last = first;
  if (fault !== null) {
    if (CRASHES.has(fault.how)) place.disk.cut("all");
    last = await run("run-2", null);
    if (nameOutcome(last) !== situation.ends) last = await run("run-3", null);
  }
  const end = nameOutcome(last);
  check(
    end === situation.ends,
    () => `P4: it ends with ${end} and not with ${situation.ends}: ${last.log.slice(-4).join(" | ")}`,
  );
  const wrong = situation.holds?.(place) ?? null;
  check(wrong === null, () => wrong ?? "");
  return first;
}

const nameOutcome = ({ outcome }: RunnerStart): string =>
  outcome === null ? "nothing" : (outcome.failure?.name ?? "done");

async function drive(place: SimPlace, start: RunnerStart): Promise<void> {
  const how = await place.scheduler.drive(
    () => start.outcome !== null || start.thrown !== null || start.actor.dead,
  );
  check(start.thrown === null, () => `the engine threw ${String(start.thrown)}`);
  check(how === "over", () => `it hangs (${how}) after ${start.calls.at(-1)?.what}`);
  start.actor.dead = true;
  place.app.forgetDead();
}

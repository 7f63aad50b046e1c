// A scenario: a pod, its initial state, faults at some of its calls, then restarts without faults. properties.ts checks
// each result.
import type { Survivors } from "./disk.ts";
import type { Fault } from "./faults.ts";
import { createPlace, type SimPlace } from "./place.ts";
import { type PodSpec, type RunnerStart, startPod } from "./pod.ts";
import { assertAfterCut, assertAtEnd, check, SECRET_SENTINEL } from "./properties.ts";
import { buildShapePlan, MARKER_ROOT, type PlanShape } from "./shapes.ts";

/**
 * The initial state: nothing, something unreadable, the marker of another release, or all done (with `both`: in one of
 * the two places).
 */
export const BEGINNINGS = ["fresh", "torn", "other-release", "done", "half-lost"] as const;
export type InitialState = (typeof BEGINNINGS)[number];

export interface Scenario {
  shape: PlanShape;
  beginning: InitialState;
  /** a fault for the first start, then one for the second, and so on */
  faults: readonly Fault[];
  /** for each crash, which unsynced writes survive */
  survivors: readonly Survivors[];
}

export interface ScenarioResult {
  /** the calls of the last start with a fault, or of the first one without */
  starts: RunnerStart[];
  /** the number of unsynced writes at each crash, from which an exploration derives what could have survived */
  unsynced: number[];
}

/** After a crash or an error, at most this many starts without faults are needed. */
const CLEAN_STARTS = 2;

/** Plays a scenario. @throws Error that names the violated property */
export async function play(scenario: Scenario, trace?: (line: string) => void): Promise<ScenarioResult> {
  const place = createPlace(trace);
  const { shape } = scenario;
  await prepare(place, scenario);
  const plan = buildShapePlan(shape, 0);
  const observation: ScenarioResult = { starts: [], unsynced: [] };
  let cuts = 0;
  let count = 0;

  const go = async (fault: PodSpec["fault"]): Promise<RunnerStart> => {
    count += 1;
    const start = startPod(place, {
      plan,
      disk: place.disk,
      podUid: "uid-0",
      runId: `run-${count}`,
      seed: count,
      ...(fault === undefined ? {} : { fault }),
    });
    const how = await place.scheduler.drive(
      () => start.outcome !== null || start.actor.dead || start.thrown !== null,
    );
    check(start.thrown === null, () => `the engine threw ${String(start.thrown)}`);
    check(how === "over", () => `the run hangs (${how}) after ${start.calls.at(-1)?.what}`);
    const died = start.actor.dead;
    start.actor.dead = true;
    place.app.forgetDead();
    if (died) {
      observation.unsynced.push(place.disk.unsynced);
      place.disk.cut(scenario.survivors[cuts] ?? "all");
      cuts += 1;
    }
    observation.starts.push(start);
    assertAfterCut(place, plan, start);
    return start;
  };

  for (const fault of scenario.faults) {
    await go((index) => (index === fault.index ? fault.how : null));
  }
  let last: RunnerStart | null = null;
  for (let clean = 0; clean < CLEAN_STARTS && last?.outcome?.failure !== null; clean += 1)
    last = await go(undefined);
  const failure = last?.outcome?.failure ?? null;
  check(
    last?.outcome !== undefined && failure === null,
    () => `P4: after clean restarts it still ends with ${failure?.name}`,
  );
  assertAtEnd(place, plan);
  // a reported result is durable: the power may fail right afterwards
  place.disk.cut("none");
  const again = await go(undefined);
  check(again.outcome?.failure === null, () => "P5: a restart after the end fails");
  check(again.writes === 0, () => `P5: a restart after the end makes ${again.writes} writes`);
  return observation;
}

async function prepare(place: SimPlace, { shape, beginning }: Scenario): Promise<void> {
  const { disk, bucket } = place;
  if (beginning === "fresh") return;
  if (beginning === "torn") {
    const garbage = `{"schema":1,"namespace":"${SECRET_SENTINEL}`;
    if (shape.store !== "s3") {
      disk.makeFolder(`${MARKER_ROOT}/.rollcall`);
      disk.write(`${MARKER_ROOT}/.rollcall/web-0.json`, garbage);
      disk.syncFolder(`${MARKER_ROOT}/.rollcall`);
      disk.syncFolder(MARKER_ROOT);
    }
    if (shape.store !== "pvc") bucket.put("p/demo/web/web-0.json", garbage, "any");
    return;
  }
  const release = beginning === "other-release" ? "image:0" : "image:1";
  const start = startPod(place, {
    plan: buildShapePlan(shape, 0, { release }),
    disk,
    podUid: "uid-before",
    runId: "run-before",
  });
  await place.scheduler.drive(() => start.outcome !== null);
  start.actor.dead = true;
  if (beginning === "half-lost") disk.replace(MARKER_ROOT);
}

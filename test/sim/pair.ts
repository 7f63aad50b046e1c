// Two pods compete for one release step, in every schedule with a bounded number of switches between them. A runner is
// stopped as by SIGSTOP: its clock and its children continue, and the answer of its pending call arrives late.
import type { Plan } from "../../init/contract/plan.ts";
import { computeReleaseId } from "../../init/contract/record.ts";
import { Disk } from "./disk.ts";
import { createPlace, type SimPlace } from "./place.ts";
import { type RunnerStart, startPod } from "./pod.ts";
import { assertAfterCut, assertAtEnd, check, countSuccesses } from "./properties.ts";
import { buildShapePlan, formatShape, MARKER_ROOT, type PlanShape } from "./shapes.ts";
import { Broken } from "./single.ts";

/** The other pod's clock is a minute slow, which must not matter. */
const SKEW_MS = -60_000;

/** "r,pvc,lease/3+17" */
export const formatPair = (shape: PlanShape, switches: readonly number[]): string =>
  `pair:${formatShape(shape)}/${switches.join("+")}`;

/** Plays two pods with switches at these points; returns the number of points. */
export async function playPair(
  shape: PlanShape,
  switches: readonly number[],
  trace?: (line: string) => void,
): Promise<number> {
  const place = createPlace(trace);
  const { app } = place;
  const starts: RunnerStart[] = [];
  const pods = [0, 1].map((ordinal) => ({
    plan: buildShapePlan(shape, ordinal),
    disk: new Disk(MARKER_ROOT),
  }));
  let points = 0;

  const swap = (): void => {
    for (const { actor, outcome } of starts) {
      if (outcome !== null) continue;
      if (!actor.frozen) app.freeze(actor);
      actor.frozen = !actor.frozen;
    }
  };
  const point = (): void => {
    if (switches.includes(points++)) swap();
  };
  for (const [index, { plan, disk }] of pods.entries()) {
    starts.push(
      startPod(place, {
        plan,
        disk,
        podUid: `uid-${index}`,
        runId: `run-${index}`,
        seed: index + 1,
        skew: index * SKEW_MS,
        fault: () => {
          point();
          return null;
        },
        seen: (_index, kind) => {
          if (kind === "api-write" || kind === "put" || kind === "child") point();
        },
      }),
    );
    // the second one begins when the first is stopped or has ended
    const [, second] = starts;
    if (second !== undefined) second.actor.frozen = true;
  }

  await driveBoth(place, starts);
  judge(place, pods, starts);
  return points;
}

const isOver = ({ outcome, thrown }: RunnerStart): boolean => outcome !== null || thrown !== null;

/** Runs both to their end; when one has ended or is blocked, the other continues. */
async function driveBoth({ scheduler }: SimPlace, starts: readonly RunnerStart[]): Promise<void> {
  const isNews = (): boolean =>
    starts.every(isOver) || starts.some((each) => isOver(each) && !each.actor.dead);
  for (;;) {
    const how = await scheduler.drive(isNews);
    for (const each of starts) if (isOver(each)) each.actor.dead = true;
    if (starts.every(isOver)) return;
    const stuck = starts.filter(({ actor }) => actor.frozen && !actor.dead);
    check(how === "over" || stuck.length > 0, () => `the pair hangs (${how})`);
    for (const { actor } of stuck) actor.frozen = false;
  }
}

function judge(
  place: SimPlace,
  pods: readonly { plan: Plan; disk: Disk }[],
  starts: readonly RunnerStart[],
): void {
  for (const [index, start] of starts.entries()) {
    const pod = pods[index];
    if (pod === undefined) continue;
    check(start.thrown === null, () => `the engine threw ${String(start.thrown)}`);
    const failure = start.outcome?.failure ?? null;
    check(failure === null, () => `P4: pod ${index} ends with ${failure?.name}: ${JSON.stringify(failure)}`);
    const mine = { ...place, disk: pod.disk };
    assertAfterCut(mine, pod.plan, start);
    assertAtEnd(mine, pod.plan);
  }
  const [first] = pods;
  if (first === undefined) return;
  const fences = countSuccesses(place, computeReleaseId(first.plan));
  check(
    fences.length === 1,
    () => `P3: the release succeeded ${fences.length} times, fences ${fences.join(", ")}`,
  );
}

/** Plays every schedule with at most this many switches; returns the number of schedules. */
export async function playInterleavings(shape: PlanShape, most: number): Promise<number> {
  const tryOut = async (switches: readonly number[]): Promise<number> => {
    try {
      return await playPair(shape, switches);
    } catch (error) {
      throw new Broken(error, formatPair(shape, switches));
    }
  };
  let count = 0;
  const deepen = async (switches: readonly number[]): Promise<void> => {
    const points = await tryOut(switches);
    count += 1;
    if (switches.length === most) return;
    for (let next = (switches.at(-1) ?? -1) + 1; next < points; next += 1) await deepen([...switches, next]);
  };
  await deepen([]);
  return count;
}

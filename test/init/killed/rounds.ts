// Rounds on a site: in each, the StatefulSet has a new release, two pods compete for its step, and runners are killed
// or stopped at random times, until both pods are done.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { readMarker } from "../../../init/contract/marker.ts";
import type { Plan } from "../../../init/contract/plan.ts";
import { type KilledRunnerEnd, type StartOptions, startKillableRunner } from "./process.ts";
import { checkMarkers, checkSuccess, type KillSite, LATE_MS, LEASE_SECONDS } from "./site.ts";

export interface Rounds {
  site: KillSite;
  start: StartOptions;
  /** a random integer from 0 to `sides` - 1 */
  dice: (sides: number) => number;
  seen: RoundTally;
}

/** Counts of all rounds, for the log. */
export interface RoundTally {
  releases: number;
  starts: number;
  kills: number;
  stops: number;
  /** how often a lock was taken over because its holder did not renew it */
  takeovers: number;
  /** how often a holder noticed that it had lost the lock, or that a later one has written */
  losses: number;
  /** duration of an undisturbed start in milliseconds, within which kills and stops happen */
  usualMs: number;
}

export const createRoundTally = (): RoundTally => ({
  releases: 0,
  starts: 0,
  kills: 0,
  stops: 0,
  takeovers: 0,
  losses: 0,
  usualMs: 1_500,
});

/** More starts of one pod for one release than kills can explain. */
const MOST_STARTS = 30;

/** One release, with at most this many kills of each pod's runner; the restart after the last one must end DONE. */
export async function killRound(rounds: Rounds, release: string, kills: number): Promise<void> {
  const { site, dice, seen } = rounds;
  seen.releases += 1;
  await awaitAll(
    [0, 1].map(async (ordinal) => {
      const plan = site.plan(ordinal, release);
      let left = kills;
      let pod = 0;
      for (let starts = 0; starts < MOST_STARTS; starts += 1) {
        const end = await killAtSomeTime(rounds, plan, {
          uid: `uid-${release}-${ordinal}-${pod}`,
          isTo: left > 0,
        });
        await checkMarkers(site, plan);
        if (end.code === 0) return restart(rounds, plan);
        assert.equal(end.code, null, `P4: a runner that was not killed ends with ${end.code}:\n${end.log}`);
        left -= 1;
        // the pod was replaced, or only its container restarted
        pod += dice(3) === 0 ? 1 : 0;
      }
      assert.fail(`P4: ${plan.identity.pod} was started ${MOST_STARTS} times and is not done`);
    }),
  );
  const plan = site.plan(0, release);
  checkSuccess(site, plan);
  const ends = (await site.done(plan)).filter((line) => line.startsWith("end migrate "));
  assert.ok(ends.length <= 1, `P3: the release step came to its end more than once: ${ends.join("; ")}`);
}

async function killAtSomeTime(
  { site, start, dice, seen }: Rounds,
  plan: Plan,
  { uid, isTo }: { uid: string; isTo: boolean },
): Promise<KilledRunnerEnd> {
  const runner = await startKillableRunner(start, site.env(plan, uid));
  seen.starts += 1;
  const timer = setTimeout(
    () => {
      void runner.signal("SIGKILL", dice(2) === 0 ? "first" : "node");
    },
    isTo ? dice(Math.ceil(seen.usualMs * 1.1)) : 2 ** 31 - 1,
  );
  const end = await runner.ended;
  clearTimeout(timer);
  note(seen, end);
  if (end.code === null) seen.kills += 1;
  return end;
}

/** P5: a start after DONE does nothing and writes nothing. */
async function restart(rounds: Rounds, plan: Plan): Promise<void> {
  const { site, start, seen } = rounds;
  const look = async () => ({
    ...(await site.markers(plan)),
    mine: selectPodLines(plan, await site.done(plan)),
  });
  const before = await look();
  const again = await (await startKillableRunner(start, site.env(plan, "uid-again"))).ended;
  seen.starts += 1;
  assert.equal(again.code, 0, `P5: a restart after DONE ends with ${again.code}:\n${again.log}`);
  const after = await look();
  for (const what of ["volume", "bucket", "mine"] as const)
    assert.deepEqual(after[what], before[what], `P5: a restart after DONE did more:\n${again.log}`);
}

/** Lines about this pod, as the other one may still be running. */
const selectPodLines = ({ identity }: Plan, lines: readonly string[]): string[] =>
  lines.filter((line) => line.endsWith(` ${identity.pod}`));

/** One release, in which one of the two runners is stopped at a random time for longer than its lock is valid. */
export async function stopRound(rounds: Rounds, release: string): Promise<void> {
  const { site, start, dice, seen } = rounds;
  seen.releases += 1;
  const plans = [0, 1].map((ordinal) => site.plan(ordinal, release));
  const runners = await Promise.all(
    plans.map((plan) => startKillableRunner(start, site.env(plan, `uid-${release}-${plan.ordinal}`))),
  );
  seen.starts += runners.length;
  const stopped = dice(2);
  await pause(dice(seen.usualMs));
  const isStopped = (await runners[stopped]?.signal("SIGSTOP", "node")) === true;
  await pause(LEASE_SECONDS * 1000 + 300 + dice(1_500));
  await runners[stopped]?.signal("SIGCONT", "node");
  const ends = await Promise.all(runners.map(({ ended }) => ended));
  if (isStopped) seen.stops += 1;
  for (const [index, plan] of plans.entries()) {
    const end = ends[index];
    assert.equal(end?.code, 0, `P4: ${plan.identity.pod} ends with ${end?.code}:\n${end?.log}`);
    if (end !== undefined) note(seen, end);
    await checkMarkers(site, plan);
    await restart(rounds, plan);
  }
  const [first] = plans;
  if (first === undefined) return;
  checkSuccess(site, first);
  const done = (await site.done(first)).filter((line) => line.startsWith("end migrate "));
  // the child of a stopped runner continues without it: two completed runs are allowed, but not two by one pod
  assert.equal(new Set(done).size, done.length, `P3: one pod did the release step twice: ${done.join("; ")}`);
}

/** Like Promise.all, but a failure waits until the others have settled, so that nothing is left running. */
export async function awaitAll<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

function note(observation: RoundTally, { log }: KilledRunnerEnd): void {
  if (log.includes(": taking it over")) observation.takeovers += 1;
  if (/the lock .* is lost: |fencing token \d+ is outdated/.test(log)) observation.losses += 1;
}

/** Measures how long a start takes at the moment, so that kills hit every part of it. */
export async function measure({ site, start, seen }: Rounds): Promise<void> {
  const plans = [0, 1].map((ordinal) => site.plan(ordinal, "measured"));
  const ends = await Promise.all(
    plans.map(
      async (plan) => (await startKillableRunner(start, site.env(plan, `uid-m-${plan.ordinal}`))).ended,
    ),
  );
  for (const end of ends) assert.equal(end.code, 0, end.log);
  const [first, second] = await Promise.all(plans.map((plan) => readWritten(site, plan)));
  const lateMs = Number(first) - Number(second);
  assert.ok(Math.abs(lateMs - LATE_MS) < LATE_MS / 2, `the second pod's clock is late by ${lateMs} ms`);
  seen.usualMs = Math.round(Math.max(...ends.map(({ seconds }) => seconds)) * 1000);
}

/** When a pod's marker was written, by the pod's clock. */
async function readWritten(site: KillSite, plan: Plan): Promise<number> {
  const reading = readMarker((await site.markers(plan)).volume ?? "");
  return reading.is === "whole" ? Date.parse(reading.marker.writtenAt) : Number.NaN;
}

// A runner on its own volume that is stopped by a signal to its launcher, and what must be true at any time of the
// signal.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { EXIT } from "../../../init/contract/exit.ts";
import { buildMarkerPath, readMarker } from "../../../init/contract/marker.ts";
import { PLAN_ENV, POD_UID_ENV } from "../../../init/contract/places.ts";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";
import { type KilledRunnerEnd, type StartOptions, startKillableRunner } from "../killed/process.ts";
import { buildLaunchPlan } from "../launched.ts";
import { buildShellCommand } from "../rig.ts";

/** SIGTERM ended Node.js before it could handle the signal, or after its end. */
const ENDED_BY_SIGTERM = 128 + 15;

/** A variable that identifies all processes of a round, whichever process started them. */
const ROUND_ENV = "ROLLCALL_TEST_ROUND";

/** Takes tenths of a second or until "go" exists, and 0.1 s to end after SIGTERM; the log shows which. */
const SLOW =
  'trap \'sleep 0.1; echo "stopped $2" >> "$1/log"; exit 1\' TERM; echo "begin $2" >> "$1/log"; ' +
  'tenths=0; while [ $tenths -lt $3 ] && ! [ -e "$1/go" ]; do sleep 0.1; tenths=$((tenths + 1)); done; ' +
  'touch "$1/$2"; echo "end $2" >> "$1/log"';

/** Default duration of a step in tenths of a second. */
const USUAL_TENTHS = 2;

const step = (name: string, home: string, tenths: number): PlanStep => ({
  name,
  scope: "pod",
  run: buildShellCommand(SLOW, home, name, String(tenths)),
  verify: ["test", "-e", join(home, name)],
  timeoutSeconds: 30,
  retries: 0,
});

export interface RoundVolume {
  folder: string;
  plan: Plan;
}

/** @param tenths maximum duration of a step in tenths of a second; it ends when the file "go" exists */
export async function makeRoundVolume(folder: string, tenths = USUAL_TENTHS): Promise<RoundVolume> {
  await mkdir(folder);
  const markers = { store: "pvc", root: folder, path: ".rollcall" } as const;
  return {
    folder,
    plan: {
      ...buildLaunchPlan([]),
      markers,
      steps: ["one", "two"].map((name) => step(name, folder, tenths)),
    },
  };
}

/** "begin STEP", and "end STEP" or "stopped STEP", for each step. */
export async function readLog({ folder }: RoundVolume): Promise<string[]> {
  const text = await readFile(join(folder, "log"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

/** The steps in the marker; null if there is none. */
export async function readMarked({
  folder,
  plan,
}: RoundVolume): Promise<{ steps: string[]; result: string } | null> {
  const path = join(folder, buildMarkerPath(".rollcall", plan.identity.pod));
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  const reading = readMarker(text);
  assert.ok(reading.is === "whole", `the marker is ${reading.is}: ${text.slice(0, 100)}`);
  const { steps, result } = reading.marker;
  return { steps: steps.map(({ name }) => name), result };
}

/** The ids of processes that a round has left behind. */
async function findLeft(round: string): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    // it has ended, or is a kernel thread
    ids.map((id) => readFile(`/proc/${id}/environ`, "latin1").catch(() => "")),
  );
  return ids.filter((_, index) => environments[index]?.includes(`${ROUND_ENV}=${round}\0`));
}

export interface Round {
  name: string;
  start: StartOptions;
  volume: RoundVolume;
  isProcess1: boolean;
}

/** Where the launcher is started, and whether that makes it process 1. */
export const WHERE = [
  ["process 1 of a container", true],
  ["a process among others", false],
] as const;

/** @param tenths as for makeRoundVolume */
export async function openRound({
  folder,
  tenths,
  ...round
}: Omit<Round, "volume"> & { folder: string; tenths?: number }): Promise<Round> {
  return { ...round, volume: await makeRoundVolume(join(folder, round.name), tenths) };
}

export const startIn = ({ start, volume, isProcess1, name }: Round) =>
  startKillableRunner(
    start,
    { [PLAN_ENV]: JSON.stringify(volume.plan), [POD_UID_ENV]: "u", [ROUND_ENV]: name },
    { isProcess1 },
  );

export interface StoppedEnd extends KilledRunnerEnd {
  /**
   * state at the time of the signal: a step that has not begun must stay undone; a running one may end by itself as the
   * signal arrives
   */
  found: "step not begun" | "step running" | "nothing to stop";
}

/** @param when resolves at the time of the signal */
export async function stopWhen(
  round: Round,
  when: () => Promise<unknown>,
  signal: NodeJS.Signals | number,
): Promise<StoppedEnd> {
  const runner = await startIn(round);
  await when();
  const log = await readLog(round.volume);
  const isSent = await runner.signal(signal, "first");
  const isIdle = !isSent || (await readLog(round.volume)).includes("end two");
  const found = log.includes("begin two") ? "step running" : "step not begun";
  return { ...(await runner.ended), found: isIdle ? "nothing to stop" : found };
}

/** Starts the same runner again, without a signal. @returns its lines in the log */
export async function startAgain(round: Round): Promise<string[]> {
  const before = await readLog(round.volume);
  const end = await (await startIn(round)).ended;
  assert.equal(end.code, EXIT.done, end.log);
  await checkEnd(round, end);
  return (await readLog(round.volume)).slice(before.length);
}

/** What must be true after a runner has ended, at any time of the signal. */
export async function checkEnd(round: Round, end: KilledRunnerEnd): Promise<void> {
  const told = `${round.name} ended with ${end.code}:\n${end.log}`;
  const log = await readLog(round.volume);
  const marked = await readMarked(round.volume);
  const begun = log.filter((line) => line.startsWith("begin "));
  const ended = log.filter((line) => !line.startsWith("begin "));
  assert.equal(ended.length, begun.length, `a step was not waited for: ${log.join(", ")}; ${told}`);
  for (const name of marked?.steps ?? [])
    assert.ok(log.includes(`end ${name}`), `${name} is marked and was not done; ${told}`);
  assert.deepEqual(await findLeft(round.name), [], `processes are left; ${told}`);
  switch (end.code) {
    case EXIT.done:
      assert.equal(marked?.result, "complete", told);
      return;
    case EXIT.failed:
      assert.match(end.log, /RC208 stopped/, told);
      return;
    case ENDED_BY_SIGTERM:
      // before its first output, or after its last
      assert.ok(
        end.log === "" ? begun.length === 0 : /^rollcall: (done|RC208 stopped.*)$/m.test(end.log),
        told,
      );
      return;
    default:
      assert.fail(told);
  }
}

/** Stops a runner by SIGTERM, then starts it again. @returns its exit code */
export async function checkStop(round: Round, milliseconds: number): Promise<number | null> {
  const end = await stopWhen(round, () => pause(milliseconds), "SIGTERM");
  await checkEnd(round, end);
  const isHeard = end.code !== EXIT.done || /^rollcall: SIGTERM: /m.test(end.log);
  const told = `${end.found}, and the signal was lost:\n${end.log}`;
  if (end.found === "step not begun") assert.notEqual(end.code, EXIT.done, told);
  if (end.found === "step running") assert.ok(isHeard, told);
  const marked = await readMarked(round.volume);
  const more = await startAgain(round);
  for (const name of marked?.steps ?? [])
    assert.ok(!more.includes(`begin ${name}`), `${name} was done twice`);
  return end.code;
}

// SIGTERM at any moment, as the kubelet sends it when a pod is deleted: to the launcher, which is process 1 of the container.
// Whatever the runner is at by then, it is told, it waits for its step, and its exit code and markers say what was done.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { EXIT } from "../../../init/contract/exit.ts";
import { markerPath, readMarker } from "../../../init/contract/marker.ts";
import { PLAN_ENV, POD_UID_ENV } from "../../../init/contract/places.ts";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";
import { needsPrograms, needsRoot } from "../../requirements.ts";
import { dice } from "../../sim/seeds.ts";
import { makeStart, type RunnerEnd, type Start, startRunner } from "../killed/process.ts";
import { planOf } from "../launched.ts";
import { sh } from "../rig.ts";

export interface StoppedInput {
  /** signals, half of them to process 1 of a namespace and half to a process among others */
  stops: number;
  minutes: number;
}

/** Node.js was ended by SIGTERM: it had no say yet, or none any more. */
const ENDED_BY_SIGTERM = 128 + 15;

/** A variable by which a process of a round is known, whoever has started it. */
const ROUND_ENV = "ROLLCALL_TEST_ROUND";

/** Takes 0.2 s, and half as long again to end when it is told to; the log says which. */
const SLOW =
  'trap \'sleep 0.1; echo "stopped $2" >> "$1/log"; exit 1\' TERM; echo "begin $2" >> "$1/log"; ' +
  'for tenth in 1 2; do sleep 0.1; done; touch "$1/$2"; echo "end $2" >> "$1/log"';

const step = (name: string, home: string): PlanStep => ({
  name,
  scope: "pod",
  run: sh(SLOW, home, name),
  verify: ["test", "-e", join(home, name)],
  timeoutSeconds: 30,
  retries: 0,
});

interface Volume {
  folder: string;
  plan: Plan;
}

async function makeVolume(folder: string): Promise<Volume> {
  await mkdir(folder);
  const markers = { store: "pvc", root: folder, path: ".rollcall" } as const;
  return {
    folder,
    plan: { ...planOf([]), markers, steps: ["one", "two"].map((name) => step(name, folder)) },
  };
}

/** "begin STEP", and "end STEP" or "stopped STEP" for each. */
async function readLog({ folder }: Volume): Promise<string[]> {
  const text = await readFile(join(folder, "log"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

/** The steps that the marker names; null: there is none. */
async function readMarked({ folder, plan }: Volume): Promise<{ steps: string[]; result: string } | null> {
  const path = join(folder, markerPath(".rollcall", plan.identity.pod));
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
    // gone, or a kernel's own
    ids.map((id) => readFile(`/proc/${id}/environ`, "latin1").catch(() => "")),
  );
  return ids.filter((_, index) => environments[index]?.includes(`${ROUND_ENV}=${round}\0`));
}

interface Round {
  name: string;
  start: Start;
  volume: Volume;
  isProcess1: boolean;
}

const startIn = ({ start, volume, isProcess1, name }: Round) =>
  startRunner(
    start,
    { [PLAN_ENV]: JSON.stringify(volume.plan), [POD_UID_ENV]: "u", [ROUND_ENV]: name },
    { isProcess1 },
  );

interface StoppedEnd extends RunnerEnd {
  /** the signal came while there was work to do, so that not all of it may be done */
  isInTime: boolean;
}

async function stopAt(round: Round, milliseconds: number): Promise<StoppedEnd> {
  const runner = await startIn(round);
  await pause(milliseconds);
  const isWorking = !(await readLog(round.volume)).includes("end two");
  const isSent = await runner.signal("SIGTERM", "first");
  return { ...(await runner.ended), isInTime: isSent && isWorking };
}

/** The same runner once more, without a signal. @returns what the log has of it */
async function startAgain(round: Round): Promise<string[]> {
  const before = await readLog(round.volume);
  const end = await (await startIn(round)).ended;
  assert.equal(end.code, EXIT.done, end.log);
  await checkEnd(round, end);
  return (await readLog(round.volume)).slice(before.length);
}

/** What must hold after a runner has ended, whenever it was told to. */
async function checkEnd(round: Round, end: RunnerEnd): Promise<void> {
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
      // before its first word, or after its last
      assert.ok(
        end.log === "" ? begun.length === 0 : /^rollcall: (done|RC208 stopped.*)$/m.test(end.log),
        told,
      );
      return;
    default:
      assert.fail(told);
  }
}

/** Stops a runner, then has it started again. @returns its exit code */
async function checkStop(round: Round, milliseconds: number): Promise<number | null> {
  const end = await stopAt(round, milliseconds);
  await checkEnd(round, end);
  if (end.isInTime) assert.notEqual(end.code, EXIT.done, `the signal was lost:\n${end.log}`);
  const marked = await readMarked(round.volume);
  const more = await startAgain(round);
  for (const name of marked?.steps ?? [])
    assert.ok(!more.includes(`begin ${name}`), `${name} was done twice`);
  return end.code;
}

export function describeStopped({ stops, minutes }: StoppedInput): void {
  describe("a runner that is stopped by SIGTERM", function () {
    this.timeout(minutes * 60_000);
    let folder = "";
    let start: Start = { argv: [], hasLauncher: false };
    before(async function () {
      needsRoot(this);
      needsPrograms(this, ["unshare"]);
      folder = await mkdtemp(join(tmpdir(), "rollcall-stopped-"));
      start = await makeStart(folder);
    });
    after(() => (folder === "" ? undefined : rm(folder, { recursive: true, force: true })));

    const seed = fc.readConfigureGlobal().seed ?? 0;

    const open = async (name: string, isProcess1: boolean): Promise<Round> => {
      const volume = await makeVolume(join(folder, `${name}-${isProcess1}`));
      return { name: `${name}-${isProcess1}-${seed}`, start, volume, isProcess1 };
    };

    for (const [where, isProcess1] of [
      ["process 1 of a container", true],
      ["a process among others", false],
    ] as const) {
      it(`waits for its step, leaves nothing and marks only what is done, as ${where}`, async () => {
        const chance = dice(seed);
        const usual = await (await startIn(await open("measured", isProcess1))).ended;
        assert.equal(usual.code, EXIT.done, usual.log);
        const usualMs = Math.ceil(usual.seconds * 1000);
        const codes = new Map<number | null, number>();
        for (let index = 0; index < stops / 2; index += 1) {
          // every fourth while Node.js starts
          const milliseconds = chance(index % 4 === 0 ? 60 : usualMs);
          const code = await checkStop(await open(`round-${index}`, isProcess1), milliseconds);
          codes.set(code, (codes.get(code) ?? 0) + 1);
        }
        const told = [...codes].map(([code, times]) => `${times} with ${code}`).sort();
        console.log(`      ended ${told.join(", ")} (${usualMs} ms each, ROLLCALL_SEED=${seed})`);
      });
    }
  });
}

// `npm run test:watch` with a small program instead of the tests: a run that starts a child process.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { trySignal } from "./signal.ts";

const WATCH = new URL("watch.ts", import.meta.url).href;

/** A run that ends by itself: it prints its process id and that of its child process. */
const SHORT = `
const child = require("node:child_process").spawn("sleep", ["300"]);
console.log("run", process.pid, child.pid);
process.exit(0);
`;

/** A run that ignores every signal but SIGKILL. */
const STUBBORN = `
const child = require("node:child_process").spawn("sleep", ["300"]);
process.on("SIGINT", () => console.log("told to end"));
console.log("run", process.pid, child.pid);
setInterval(() => undefined, 1000);
`;

const LONG = STUBBORN.replace(/process[.]on.*\n/, "");

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitUntilGone(pids: readonly number[]): Promise<void> {
  const end = Date.now() + 10_000;
  while (pids.some((pid) => isThere(pid)) && Date.now() < end) await sleep(20);
  assert.deepEqual(
    pids.filter((pid) => isThere(pid)),
    [],
    "still running",
  );
}

describe("the watcher of tests", function () {
  this.timeout(30_000);
  let folder: string;
  let watcher: ChildProcess;
  let lines: AsyncIterator<string>;
  const started: number[] = [];

  async function start(program: string): Promise<void> {
    const script = join(folder, "start.mjs");
    const watched = join(folder, "watched");
    await mkdir(watched);
    await writeFile(
      script,
      `
import { spawn } from "node:child_process";
import { watchUntilSignal } from ${JSON.stringify(WATCH)};
watchUntilSignal({
  folders: [${JSON.stringify(watched)}],
  start: () => spawn(process.execPath, ["-e", ${JSON.stringify(program)}], { detached: true, stdio: "inherit" }),
  say: (line) => console.log(line),
});
`,
    );
    watcher = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    assert.ok(watcher.stdout);
    lines = createInterface(watcher.stdout)[Symbol.asyncIterator]();
  }

  const nextLine = async (): Promise<string> => (await lines.next()).value as string;

  /** @returns the process ids of a run */
  async function nextRun(): Promise<number[]> {
    const [word, ...pids] = (await nextLine()).split(" ");
    assert.equal(word, "run");
    started.push(...pids.map(Number));
    return pids.map(Number);
  }

  const change = (name: string): Promise<void> =>
    writeFile(join(folder, "watched", name), String(Date.now()));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-watch-"));
  });
  afterEach(async () => {
    if (watcher.exitCode === null) {
      const ended = once(watcher, "exit");
      watcher.kill("SIGINT");
      await ended;
    }
    for (const pid of started.splice(0)) trySignal(pid, "SIGKILL");
    await rm(folder, { recursive: true });
  });

  it("runs once, then again after a change, and names the changed file", async () => {
    await start(SHORT);
    const first = await nextRun();
    assert.match(await nextLine(), /^waiting for a change/);
    await waitUntilGone(first);
    await change("rule.ts");
    assert.equal(await nextLine(), `${join(folder, "watched/rule.ts")} has changed`);
    await nextRun();
    assert.match(await nextLine(), /^waiting for a change/);
  });

  it("ends a run and its child processes if a file changes meanwhile", async () => {
    await start(LONG);
    const first = await nextRun();
    await change("rule.ts");
    assert.match(await nextLine(), /has changed$/);
    await waitUntilGone(first);
    await nextRun();
  });

  it("ignores files written by editors and by tests", async () => {
    await start(SHORT);
    await nextRun();
    assert.match(await nextLine(), /^waiting/);
    for (const name of [".rule.ts.swp", "rule.ts~", "4913", "intruder.test-only.ts"]) await change(name);
    await sleep(300);
    await change("rule.ts");
    assert.match(await nextLine(), /rule\.ts has changed$/);
  });

  for (const [what, program] of [
    ["a run", LONG],
    ["a run that ignores signals", STUBBORN],
  ] as const) {
    it(`leaves nothing running after Ctrl+C during ${what}`, async () => {
      await start(program);
      const run = await nextRun();
      const ended = once(watcher, "exit");
      // a user who presses Ctrl+C again
      watcher.kill("SIGINT");
      await sleep(50);
      watcher.kill("SIGINT");
      assert.deepEqual(await ended, [130, null]);
      await waitUntilGone(run);
    });
  }

  it("leaves nothing running after Ctrl+C between two runs", async () => {
    await start(SHORT);
    const run = await nextRun();
    assert.match(await nextLine(), /^waiting/);
    const ended = once(watcher, "exit");
    watcher.kill("SIGINT");
    assert.deepEqual(await ended, [130, null]);
    await waitUntilGone(run);
  });
});

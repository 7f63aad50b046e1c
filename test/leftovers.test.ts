// An interrupted test run ends with everything that it started.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findDescendants } from "./leftovers.ts";
import { needs, needsRoot } from "./requirements.ts";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));

/** Its files start servers, runners in process namespaces of their own, and their children. */
const BUSY = "init/killed";

/** A zombie, which process 1 has not reaped yet, does not count as running. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Starts a run, and waits until a runner and its child process exist. A run may fail before, beside other tests. */
async function startBusyRun(): Promise<{ run: ChildProcess; started: readonly number[] }> {
  for (let tries = 1; tries <= 3; tries += 1) {
    const run = spawn(process.execPath, [RUN, BUSY], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [run.stdout, run.stderr]) stream.on("data", (chunk) => (output += chunk));
    while (run.exitCode === null) {
      await pause(50);
      const started = await findDescendants(run.pid ?? 0);
      if (started.length >= 3) return { run, started };
    }
    console.log(`      run ${tries} ended with ${run.exitCode} before it could be interrupted:\n${output}`);
  }
  return assert.fail("each run ended before it could be interrupted");
}

describe("an interrupted test run", function () {
  this.timeout(60_000);

  it("leaves no process, and exits 130", async function () {
    needs(this, existsSync("/proc/self/environ"), "Linux, for /proc");
    needsRoot(this);
    const { run, started } = await startBusyRun();
    const ended = new Promise<number | null>((resolve) => run.once("close", resolve));
    // as a terminal does
    process.kill(-(run.pid ?? 0), "SIGINT");
    assert.equal(await ended, 130);
    assert.deepEqual(started.filter(isRunning), []);
  });

  it("leaves no process if the reader of its output ends, as head does", async function () {
    needs(this, existsSync("/proc/self/environ"), "Linux, for /proc");
    needsRoot(this);
    const { run, started } = await startBusyRun();
    const ended = new Promise<number | null>((resolve) => run.once("exit", resolve));
    for (const stream of [run.stdout, run.stderr]) stream?.destroy();
    assert.equal(await ended, 130);
    assert.deepEqual(started.filter(isRunning), []);
  });
});

// An interrupted test run ends with everything that it started.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
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

describe("an interrupted test run", function () {
  this.timeout(60_000);

  it("leaves no process, and exits 130", async function () {
    needs(this, existsSync("/proc/self/environ"), "Linux, for /proc");
    needsRoot(this);
    const run = spawn(process.execPath, [RUN, BUSY], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const pid = run.pid ?? 0;
    const ended = new Promise<number | null>((resolve) => run.once("close", resolve));
    let started: number[] = [];
    // until a runner and its child process exist
    while (started.length < 3 && run.exitCode === null) {
      await pause(50);
      started = await findDescendants(pid);
    }
    assert.ok(started.length >= 3, `it ended first, with ${run.exitCode}`);
    // as a terminal does
    process.kill(-pid, "SIGINT");
    assert.equal(await ended, 130);
    assert.deepEqual(started.filter(isRunning), []);
  });
});

// The simulation's quick part, in a process of its own beside the other tests: its counts are in the log, and a failure
// says how to play it again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";

interface Ended {
  code: number | null;
  output: string;
}

let ended: Promise<Ended> | null = null;

// as soon as any test runs: it takes half a minute of the other core
before(() => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url))], {
    stdio: ["ignore", "pipe", "pipe"],
    // branches of what comes out of a cache may be counted wrongly
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  // behind the tests that look at the clock
  if (child.pid !== undefined) setPriority(child.pid, 10);
  ended = new Promise((resolve) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.once("close", (code) => resolve({ code, output }));
  });
  process.once("exit", () => child.kill("SIGKILL"));
});

describe("the engine in the simulation", () => {
  it("keeps its promises at every fault and every cut, and has shown every branch", async function () {
    this.timeout(600_000);
    assert.ok(ended);
    const { code, output } = await ended;
    console.log(output.trimEnd().replace(/^/gm, "      "));
    assert.equal(code, 0, output);
  });
});

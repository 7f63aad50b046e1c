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

function play(...words: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    // branches of what comes out of a cache may be counted wrongly
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  // behind the tests that look at the clock
  if (child.pid !== undefined) setPriority(child.pid, 10);
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  return new Promise((resolve) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.once("close", (code) => {
      process.off("exit", kill);
      resolve({ code, output });
    });
  });
}

describe("the engine in the simulation", function () {
  this.timeout(600_000);

  const mustHold = ({ code, output }: Ended): void => {
    console.log(output.trimEnd().replace(/^/gm, "      "));
    assert.equal(code, 0, output);
  };

  it("keeps its promises at every fault, and has shown every branch", async () => mustHold(await play()));

  it("and at every second cut, and in more schedules by seed", async () =>
    mustHold(await play("--uncounted")));
});

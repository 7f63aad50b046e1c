// Runs the simulation as a process beside the other tests: its counts are in the log, and a failure prints the command
// that replays it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";

interface ProcessEnd {
  code: number | null;
  output: string;
}

/** Runs main.ts with these arguments. @throws if a property is violated, with the whole output */
export async function expectPropertiesHold(...words: readonly string[]): Promise<void> {
  const { code, output } = await play(words);
  console.log(output.trimEnd().replace(/^/gm, "      "));
  assert.equal(code, 0, output);
}

function play(words: readonly string[]): Promise<ProcessEnd> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    // V8 may count branches of cached code wrongly
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  // lower priority than tests that measure time
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

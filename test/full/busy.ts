// Runs the gate's cluster suites while two processes use all CPU time: a test that waits for a time instead of an event
// fails.
import { type ChildProcess, spawn } from "node:child_process";
import { abortOnSignal } from "../signal.ts";
import { runNode } from "./runNode.ts";

const BURNERS = 2;
const SUITES = [["test/e2e/main.ts"], ["test/presets/ozone-om/main.ts"]];

/** Ends when this process ends. */
const burn = (): ChildProcess =>
  spawn(
    process.execPath,
    [
      "--eval",
      `const parent = process.ppid; for (let n = 0; ; n += 1) if (n % 1e8 === 0 && process.ppid !== parent) break`,
    ],
    { stdio: "ignore" },
  );

const stop = abortOnSignal();
const burners = Array.from({ length: BURNERS }, burn);
let failed = 0;
try {
  for (const argv of SUITES) {
    if (stop.aborted) break;
    const code = await runNode(argv, process.env, stop);
    if (code !== 0) failed += 1;
    if (burners.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null))
      throw new Error("a burning process has ended: the run says nothing");
  }
} finally {
  for (const burner of burners) burner.kill("SIGKILL");
}
process.exitCode = failed === 0 && !stop.aborted ? 0 : 1;

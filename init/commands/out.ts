// Standard output without a queue: a step that prints faster than anybody reads must wait, or its output would
// pile up in this process until the container's memory limit ends it.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { RUNNER_MOUNT } from "../contract/places.ts";
import { getRunnerFolder } from "./getRunnerFolder.ts";

const STDOUT = 1;
/** Waited on, and never woken: a pause that does not spin. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of the text before it returns; a reader that has gone away is nobody's fault. */
export function writeOut(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDOUT, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code !== "EAGAIN") return;
      // the pipe is full and does not block: ask again a little later
      Atomics.wait(NEVER, 0, 0, 5);
    }
  }
}

let isLoggedInContainer = false;

/** A line of what the runner does. */
export function log(line: string): void {
  writeOut(`rollcall: ${line}\n`);
  if (isLoggedInContainer) writeToContainerLog(`rollcall: ${line}\n`);
}

/** From now on what is logged is in the container's log, too: a preStop's own output goes nowhere. */
export function logInContainer(): void {
  isLoggedInContainer = true;
}

/** The standard output of the container's first process: what `kubectl logs` shows. */
const CONTAINER_LOG = "/proc/1/fd/1";

/** Beside the application's output. Only in pods, where process 1 is the container's; that it cannot be written is no fault. */
function writeToContainerLog(text: string): void {
  if (getRunnerFolder() !== RUNNER_MOUNT) return;
  try {
    // never waits for a reader: the pod is being stopped
    const file = openSync(CONTAINER_LOG, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND);
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  } catch {
    // another user's process, or a full pipe
  }
}

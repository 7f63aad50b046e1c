// Standard output without a queue: a step that prints faster than the output is read must wait. Otherwise its output
// would accumulate in this process until the container reaches its memory limit.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { RUNNER_MOUNT } from "../contract/places.ts";
import { writeFully } from "../contract/writeFully.ts";
import { getRunnerFolder } from "./getRunnerFolder.ts";

const STDOUT = 1;

/** Writes the text synchronously. A closed reader is ignored. */
export const writeOut = (text: string): void => writeFully(STDOUT, Buffer.from(text));

let isLoggedInContainer = false;

/** Logs a line. */
export function log(line: string): void {
  writeOut(`rollcall: ${line}\n`);
  if (isLoggedInContainer) writeToContainerLog(`rollcall: ${line}\n`);
}

/** Duplicates the log to the container's log from now on, because the kubelet discards the output of a preStop. */
export function logInContainer(): void {
  isLoggedInContainer = true;
}

/** The standard output of the container's process 1, which `kubectl logs` shows. */
const CONTAINER_LOG = "/proc/1/fd/1";

/** Only in pods, where process 1 is the container's. A failed write is ignored. */
function writeToContainerLog(text: string): void {
  if (getRunnerFolder() !== RUNNER_MOUNT) return;
  try {
    // must not block, because the pod is being stopped
    const file = openSync(CONTAINER_LOG, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND);
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  } catch {
    // process 1 has another user, or the pipe is full
  }
}

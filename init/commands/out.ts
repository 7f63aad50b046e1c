// Standard output without a queue: a step that prints faster than anybody reads must wait, or its output would
// pile up in this process until the container's memory limit ends it.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { RUNNER_MOUNT } from "../contract/places.ts";
import { writeFully } from "../contract/writeFully.ts";
import { getRunnerFolder } from "./getRunnerFolder.ts";

const STDOUT = 1;

/** Writes all of the text before it returns; if the reader has closed its end, the text is dropped. */
export const writeOut = (text: string): void => writeFully(STDOUT, Buffer.from(text));

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

// Standard output without a queue: a step that prints faster than anybody reads must wait, or its output would
// pile up in this process until the container's memory limit ends it.
import { writeSync } from "node:fs";

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

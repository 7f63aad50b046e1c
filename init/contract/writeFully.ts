// Writing to a descriptor that may be a pipe in non-blocking mode, for the runner's output and the webhook's log.
import { writeSync } from "node:fs";

const RETRY_MS = 5;

/** Waited on and never woken: a pause that does not spin. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of the bytes before it returns. Drops the rest where the file cannot be written, since nowhere is left to
 * report that, or where a full pipe has blocked for too long.
 * @param maxBlockedMs milliseconds in all that a full pipe is waited for @default without end
 */
export function writeFully(file: number, bytes: Buffer, maxBlockedMs = Number.POSITIVE_INFINITY): void {
  let blockedMs = 0;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      // the pipe is full and does not block
      if (code !== "EAGAIN" || blockedMs >= maxBlockedMs) return;
      Atomics.wait(NEVER, 0, 0, RETRY_MS);
      blockedMs += RETRY_MS;
    }
  }
}

// A line now and then while a command runs: whoever reads the log at 3 a.m. must see that it is not stuck in us.
import { words } from "../../engine/failure.ts";
import type { RunChild } from "../../engine/ports.ts";

const EVERY_MS = 60_000;

/** The same, with a progress line every minute. */
export function withProgress(runChild: RunChild, log: (line: string) => void, everyMs = EVERY_MS): RunChild {
  return async (request) => {
    let passed = 0;
    const timer = setInterval(() => {
      passed += everyMs / 1000;
      log(
        `${words(request.argv)} is still running after ${passed} s, it may take ${request.timeoutSeconds} s`,
      );
    }, everyMs);
    try {
      return await runChild(request);
    } finally {
      clearInterval(timer);
    }
  };
}

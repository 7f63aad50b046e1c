// How an interrupted test program ends: its running tests end first, then it kills the rest and exits.
import { killLeftovers, markRun } from "./leftovers.ts";
import { abortOnSignal } from "./signal.ts";

/** How long the running tests and their `after` hooks may still take, in milliseconds. */
const STOP_MS = 5_000;

/** The exit code of an interrupted program, as shells have it for SIGINT. */
const INTERRUPTED = 130;

export interface Interruptible {
  /** aborted by the first SIGINT, SIGTERM or SIGHUP: no further test begins */
  readonly stop: AbortSignal;
  /** call it at the end: ends an interrupted program with its exit code, and does nothing otherwise */
  finish(): Promise<void>;
}

/**
 * Makes this test program interruptible. Call it once, before anything is started.
 * @param cleanUp removes what an interrupted program would leave behind, after its processes have ended
 */
export function makeInterruptible(cleanUp: () => Promise<void> = async () => undefined): Interruptible {
  const mark = markRun();
  const stop = abortOnSignal();
  const end = async (): Promise<never> => {
    const killed = await killLeftovers(mark);
    if (killed > 0) console.error(`killed ${killed} processes that were left`);
    await cleanUp();
    process.exit(INTERRUPTED);
  };
  stop.addEventListener("abort", () => {
    console.error(`${String(stop.reason)}: stopping; the running tests clean up first`);
    setTimeout(() => void end(), STOP_MS).unref();
  });
  return {
    stop,
    finish: async () => {
      if (stop.aborted) await end();
    },
  };
}

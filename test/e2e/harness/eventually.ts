// Waits for a state of the cluster, and reports the last one otherwise. Long timeouts cost time only in failures, and a
// pod has taken more than 200 s to start on two cores with four suites at once. A suite that requires something fast
// measures it itself.

/** seconds; less than a test's timeout (suite.ts), so that a failure reports what was waited for */
const PATIENCE = 600;

/** The same for kubectl's own waits. */
export const TIMEOUT = `--timeout=${PATIENCE}s`;

/**
 * For work with a time limit that a busy machine may exceed: one of several attempts must succeed. Rejects with the
 * error of the last one.
 */
export async function tryRepeatedly(tries: number, attempt: () => Promise<void>): Promise<void> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      console.log(
        `      retried after: ${error instanceof Error ? error.message.split("\n").join(" ") : error}`,
      );
    }
  }
}

/** Calls `ask` every half second until it does not throw; rejects with its last error. */
export async function waitUntilPasses<T>(ask: () => Promise<T>, seconds = PATIENCE): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await new Promise((done) => setTimeout(done, 500));
  }
}

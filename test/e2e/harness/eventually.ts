// Waiting for a cluster: ask until it is so, and say at the end what it was instead. The patience costs time only where
// something fails, and starting a pod has taken more than 200 s on two cores with four suites beside each other: what must be
// fast is measured by the suite that says so.

/** seconds; under what a test may take (suite.ts), so that a failure says what it waited for */
const PATIENCE = 600;

/** The same for kubectl's own waiting. */
export const TIMEOUT = `--timeout=${PATIENCE}s`;

/**
 * For work with a time limit that a busy machine may exceed: one of several attempts must succeed.
 * Rejects with the last try's error.
 */
export async function tryRepeatedly(tries: number, attempt: () => Promise<void>): Promise<void> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      console.log(`      once more: ${error instanceof Error ? error.message.split("\n").join(" ") : error}`);
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

// Waiting for a cluster: ask until it is so, and say at the end what it was instead. The patience costs time only where
// something fails, and starting a pod has taken 100 s on two cores with four suites beside each other: what must be fast is
// measured by the suite that says so.

/** seconds; under the ten minutes that a test may take, so that a failure says what it waited for */
const PATIENCE = 240;

/** Asks every half second until `ask` does not throw; rejects with its last error. */
export async function eventually<T>(ask: () => Promise<T>, seconds = PATIENCE): Promise<T> {
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

// Waiting for a cluster: ask until it is so, and say at the end what it was instead.

/** Asks every half second until `ask` does not throw; rejects with its last error. */
export async function eventually<T>(ask: () => Promise<T>, seconds = 90): Promise<T> {
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

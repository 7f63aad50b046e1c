// Prints durations, which are a result of these suites besides pass and fail.

/** Runs the work and prints its duration. */
export async function measureTime<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const done = await work();
  console.log(`      ${what}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return done;
}

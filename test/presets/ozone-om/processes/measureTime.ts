// Times, printed: what these suites are read for beside their verdict.

/** Runs the work and prints how long it took. */
export async function measureTime<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const done = await work();
  console.log(`      ${what}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return done;
}

// Which modules some work passes: those with a function that it calls, by V8's count of calls.
import { type Profiler, Session } from "node:inspector/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Modules of the product, tests and tools apart. */
const PRODUCT = /^(webhook|init|presets)\//;

/**
 * Does the work once, to load lazy modules, and then once more, counted.
 * @returns paths from the root of the repository, sorted
 */
export async function listModulesPassed(work: () => Promise<unknown>): Promise<string[]> {
  await work();
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    // what was called before is counted until here
    await session.post("Profiler.takePreciseCoverage");
    await work();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    return result
      .filter(isPassed)
      .map(({ url }) => relative(ROOT, fileURLToPath(url)))
      .filter((path) => PRODUCT.test(path))
      .toSorted();
  } finally {
    session.disconnect();
  }
}

function isPassed({ url, functions }: Profiler.ScriptCoverage): boolean {
  return url.startsWith("file:") && functions.some(({ ranges }) => ranges.some(({ count }) => count > 0));
}

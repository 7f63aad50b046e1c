// Lists the modules that some work uses: those with a function that it calls, by V8's call counts.
import { type Profiler, Session } from "node:inspector/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Modules of the product, without tests and tools. */
const PRODUCT = /^(webhook|init|presets)\//;

/**
 * Does the work once, to load lazy modules, and once more while counting.
 * @returns paths from the root of the repository, sorted
 */
export async function listModulesPassed(work: () => Promise<unknown>): Promise<string[]> {
  await work();
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    // the first read includes all earlier calls
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

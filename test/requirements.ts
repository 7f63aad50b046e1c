// Requirements of tests on the machine. A plain `npm test` skips tests and reports why; .ci/run sets ROLLCALL_STRICT=1,
// which makes a missing requirement fail.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { BuildProblem } from "../build/images/problem.ts";

/**
 * Skips the test, or the suite if called in its `before`, unless `met`.
 * @param what the missing requirement in words, e.g. "root, for mounts in a namespace of their own"
 * @throws Error instead of skipping if ROLLCALL_STRICT is 1
 */
export function needs(context: Mocha.Context, met: boolean, what: string): void {
  if (met) return;
  if (process.env["ROLLCALL_STRICT"] === "1")
    throw new Error(`needed, and nothing may be skipped here: ${what}`);
  console.log(`SKIPPED: ${what}`);
  context.skip();
}

/** Needs programs on PATH. */
export function needsPrograms(context: Mocha.Context, names: readonly string[]): void {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const missing = names.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  needs(context, missing.length === 0, `the programs ${missing.join(", ")}`);
}

/** Needs Linux and root, for chroot and mount namespaces. */
export function needsRoot(context: Mocha.Context): void {
  needs(
    context,
    process.platform === "linux" && process.getuid?.() === 0,
    "Linux and root, for chroot and mounts",
  );
}

/** Needs something that `fetch` downloads from npm or Debian, or finds in the cache. */
export async function requireFetched<T>(context: Mocha.Context, fetch: () => Promise<T>): Promise<T> {
  try {
    return await fetch();
  } catch (error) {
    const unmet = error instanceof BuildProblem && error.exitCode === 2;
    if (unmet) needs(context, false, error.message);
    throw error;
  }
}

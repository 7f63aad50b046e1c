// Runs a program of this checkout as a step of a part.
import { spawn } from "node:child_process";
import { CHECKOUT } from "../e2e/cluster/paths.ts";

/**
 * Runs a program of this checkout with the current Node.js; its output goes to ours. @returns its exit code, 1 after a
 * signal
 */
export async function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<number> {
  if (signal?.aborted === true) return 1;
  const child = spawn(process.execPath, args, {
    cwd: CHECKOUT,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", reject);
  child.once("close", (code) => resolve(code ?? 1));
  const end = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", end, { once: true });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

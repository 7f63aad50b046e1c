// Runs suites as processes of their own: those that share a cluster in peace side by side, those that stop or
// remove the webhook alone, after the others.
import { spawn } from "node:child_process";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import type { Access } from "./kubectl.ts";
import { ROOT } from "./rollcall.ts";

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export interface SuitesTally extends Tally {
  /** of each suite that failed: what it printed of that */
  failures: string[];
}

export interface SuitesInput {
  only: string;
  full: boolean;
  cluster: Access;
  stop: AbortSignal;
  log: (line: string) => void;
}

/** How many suites run at once. With four, two cores are busy throughout, and a pod takes minutes instead of seconds. */
const SIDE_BY_SIDE = 2;

/** Those that take minutes begin first, so that none of them goes on alone at the end. */
const LONGEST_FIRST = ["/release/", "/otobo/", "/public/", "/guard/ways", "/meddler/"];

/** Runs what was asked for; each suite's output comes whole when it has ended. */
export async function runSuites({ only, full, cluster, stop, log }: SuitesInput): Promise<SuitesTally> {
  const all = (await Array.fromAsync(glob("test/e2e/suites/**/*.e2e.ts", { cwd: ROOT }))).sort();
  const wanted = all.filter((file) => file.includes(only) && (full || !file.includes("/full/")));
  if (wanted.length === 0)
    throw new Error(`no suite's path holds ${JSON.stringify(only)}: ${all.join(", ")}`);
  const alone = wanted.filter((file) => file.includes("/alone/"));
  const others = wanted.filter((file) => !alone.includes(file));
  const longest = LONGEST_FIRST.flatMap((part) => others.filter((file) => file.includes(part)));
  const together = [...new Set([...longest, ...others])];
  const tally: SuitesTally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const take = async (queue: string[]): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && !stop.aborted; file = queue.shift()) {
      const began = performance.now();
      const seen = await runSuite(file, cluster, stop);
      process.stdout.write(`${seen.output.trimEnd()}\n`);
      log(`${file} took ${Math.round((performance.now() - began) / 1000)} s`);
      if (seen.tally.failed > 0) tally.failures.push(`${file}\n${failureIn(seen.output)}`);
      for (const key of ["passed", "failed", "skipped"] as const) tally[key] += seen.tally[key];
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => take(together)));
  await take(alone);
  return tally;
}

/** What mocha prints last of all; of a suite that died, its last words. */
function failureIn(output: string): string {
  const summary = /^ +\d+ (?:passing|failing)/m.exec(output);
  return (summary === null ? output.slice(-3_000) : output.slice(summary.index)).trim();
}

async function runSuite(
  file: string,
  cluster: Access,
  stop: AbortSignal,
): Promise<{ output: string; tally: Tally }> {
  const child = spawn(process.execPath, [join(ROOT, "test/e2e/harness/suite.ts"), file], {
    cwd: ROOT,
    env: {
      ...process.env,
      ROLLCALL_E2E_KUBECONFIG: cluster.kubeconfig,
      ROLLCALL_E2E_KUBECTL: cluster.kubectl,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const end = (): void => void child.kill("SIGTERM");
  stop.addEventListener("abort", end, { once: true });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  stop.removeEventListener("abort", end);
  const [, passed, failed, skipped] = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(output) ?? [];
  const tally = { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: Number(skipped ?? 0) };
  // one that died before it could count is a failure
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return { output: output.replace(/^\d+ passed, \d+ failed.*\n?/m, ""), tally };
}

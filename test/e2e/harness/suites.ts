// Runs suites as processes, so that an interrupted one can be ended whatever it is waiting for.
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Access } from "./kubectl.ts";
import { CHECKOUT_ROOT } from "./rollcall.ts";

export interface SuiteTally {
  passed: number;
  failed: number;
  skipped: number;
}

export interface SuitesTally extends SuiteTally {
  /** of each failed suite: its output about the failures */
  failures: string[];
}

export interface SuitesInput {
  /** paths relative to the checkout */
  files: readonly string[];
  /** how many run at once; with 1, output is printed immediately */
  atOnce: number;
  cluster: Access;
  stop: AbortSignal;
  log: (line: string) => void;
}

/** Runs the files; with several at once, the output of each is printed in one piece. */
export async function runSuites({ files, atOnce, cluster, stop, log }: SuitesInput): Promise<SuitesTally> {
  const queue = [...files];
  const tally: SuitesTally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const take = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && !stop.aborted; file = queue.shift()) {
      const began = performance.now();
      const seen = await runSuite({ file, cluster, stop, isLive: atOnce === 1 });
      if (atOnce > 1) process.stdout.write(`${seen.output.trimEnd()}\n`);
      log(`${file} took ${Math.round((performance.now() - began) / 1000)} s`);
      if (seen.tally.failed > 0) tally.failures.push(`${file}\n${failureIn(seen.output)}`);
      for (const key of ["passed", "failed", "skipped"] as const) tally[key] += seen.tally[key];
    }
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  return tally;
}

/** The summary line of all suites, as in npm test. */
export function formatTally({ passed, failed, skipped }: SuiteTally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The last output of mocha; if a suite died, its last output. */
function failureIn(output: string): string {
  const summary = /^ +\d+ (?:passing|failing)/m.exec(output);
  return (summary === null ? output.slice(-3_000) : output.slice(summary.index)).trim();
}

interface SuiteInput {
  file: string;
  cluster: Access;
  stop: AbortSignal;
  isLive: boolean;
}

/** The summary line of a single suite: it is counted, and not printed. */
const CLOSING = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\n?/m;

async function runSuite({
  file,
  cluster,
  stop,
  isLive,
}: SuiteInput): Promise<{ output: string; tally: SuiteTally }> {
  const child = spawn(process.execPath, [join(CHECKOUT_ROOT, "test/e2e/harness/suite.ts"), file], {
    cwd: CHECKOUT_ROOT,
    env: {
      ...process.env,
      ROLLCALL_E2E_KUBECONFIG: cluster.kubeconfig,
      ROLLCALL_E2E_KUBECTL: cluster.kubectl,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const take = (chunk: Buffer): void => {
    const text = chunk.toString();
    output += text;
    if (isLive) process.stdout.write(text.replace(CLOSING, ""));
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const end = (): void => void child.kill("SIGTERM");
  stop.addEventListener("abort", end, { once: true });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  stop.removeEventListener("abort", end);
  const [, passed, failed, skipped] = CLOSING.exec(output) ?? [];
  const tally = { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: Number(skipped ?? 0) };
  // a suite that died before its summary counts as one failure
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return { output: output.replace(CLOSING, ""), tally };
}

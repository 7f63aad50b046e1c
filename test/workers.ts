// Runs test files in several worker processes, each of which takes the next file when it is idle. The output of a file is
// printed in one piece.
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { close, type Tally } from "./mocha.ts";

/** Beginnings of the paths of files that take long, below test/; the longest first. */
const LONG = [
  "sim/",
  "webhook/cli/try",
  "init/identity",
  "init/leave",
  "presets/otobo/watch",
  "presets/ozone-om/model",
  "presets/otobo/steps",
  "webhook/cli/",
  "init/",
  "presets/",
  "docs/",
  "structure/",
];

/** A message to a worker. */
export type WorkerOrder = { file: string } | { stop: true };

/** A worker's report on a file. */
export interface FileResult {
  tally: Tally;
  output: string;
  seconds: number;
}

/** Tests start processes themselves, so more workers would only compete for the cores. */
const MOST_WORKERS = 6;

/** How many of the slowest files the summary lists. */
const SLOWEST = 5;

/** How long an interrupted test and its `after` hooks may still take, in milliseconds. */
const STOP_MS = 4_000;

/** Runs the files and prints the summary line. @param env for the workers @param stop aborted: start no further file */
export async function runOnWorkers(
  files: readonly string[],
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
): Promise<void> {
  const queue = files.toSorted((a, b) => rank(a) - rank(b));
  const sum: Tally = { passed: 0, failed: 0, failures: [], skipped: [] };
  const times: { file: string; seconds: number }[] = [];
  // more than there are cores, since many tests wait
  const count = Math.min(MOST_WORKERS, availableParallelism() + 4);
  const add = (file: string, { tally, output, seconds }: FileResult): void => {
    process.stdout.write(output);
    times.push({ file, seconds });
    sum.passed += tally.passed;
    sum.failed += tally.failed;
    sum.failures.push(...tally.failures);
    sum.skipped.push(...tally.skipped);
  };
  await Promise.all(Array.from({ length: count }, () => runWorker({ queue, sum, add, env, stop })));
  const slowest = times.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const names = slowest.map(({ file, seconds }) => `${file.split("/test/").at(-1)} ${Math.round(seconds)} s`);
  console.log(`slowest files: ${names.join(", ")}`);
  // repeated at the end, where readers look first
  for (const failure of sum.failures) console.log(`FAILED ${failure}\n`);
  close(sum);
}

/** Slow files start first; otherwise one of them would run alone at the end. */
function rank(file: string): number {
  const first = LONG.findIndex((beginning) => file.includes(`/test/${beginning}`));
  return first < 0 ? LONG.length : first;
}

interface WorkerInput {
  queue: string[];
  sum: Tally;
  add: (file: string, result: FileResult) => void;
  env: NodeJS.ProcessEnv;
  stop: AbortSignal;
}

async function runWorker({ queue, sum, add, env, stop }: WorkerInput): Promise<void> {
  const worker = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), { env });
  const ended = new Promise<number | null>((resolve) => worker.once("exit", resolve));
  const order = (what: WorkerOrder): void => void worker.send(what);
  const abort = (): void => {
    if (worker.connected) order({ stop: true });
    setTimeout(() => worker.kill("SIGKILL"), STOP_MS).unref();
  };
  stop.addEventListener("abort", abort, { once: true });
  let current = "";
  for (let file = queue.shift(); file !== undefined && !stop.aborted; file = queue.shift()) {
    current = file;
    const result = waitForResult(worker);
    order({ file });
    const done = await Promise.race([result, ended.then(() => null)]);
    if (done === null) break;
    add(file, done);
  }
  if (worker.connected) worker.disconnect();
  const code = await ended;
  stop.removeEventListener("abort", abort);
  if (code === 0 || stop.aborted) return;
  const failure = `the process that ran ${current} last exited ${code}`;
  sum.failed += 1;
  sum.failures.push(failure);
}

const waitForResult = (worker: ChildProcess): Promise<FileResult> =>
  new Promise((resolve) => {
    worker.once("message", (result) => resolve(result as FileResult));
  });

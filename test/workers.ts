// Test files on several processes of this machine, each of which takes the next file when it has done one. What a file
// prints comes whole.
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { close, type Tally } from "./mocha.ts";

/** Folders whose files take long. */
const LONG = ["sim", "init", "ozone", "cli", "docs", "inject"];

/** What a worker tells of a file. */
export interface Done {
  tally: Tally;
  output: string;
}

/** Tests start processes themselves: more of us would only wait for each other. */
const MOST_WORKERS = 4;

/** Runs the files and prints the closing line. @param env for the workers */
export async function runOnWorkers(files: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const queue = files.toSorted((a, b) => rank(a) - rank(b));
  const sum: Tally = { passed: 0, failed: 0, failures: [], skipped: [] };
  // one more than there are cores: many tests wait
  const count = Math.min(MOST_WORKERS, availableParallelism() + 1);
  await Promise.all(Array.from({ length: count }, () => work(queue, sum, env)));
  // once more, where one looks first
  for (const failure of sum.failures) console.log(`FAILED ${failure}\n`);
  close(sum);
}

/** What takes long begins first, or the last process would run alone at the end. */
function rank(file: string): number {
  const first = LONG.findIndex((folder) => file.includes(`/test/${folder}/`));
  return first < 0 ? LONG.length : first;
}

async function work(queue: string[], sum: Tally, env: NodeJS.ProcessEnv): Promise<void> {
  const worker = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), { env });
  const ended = new Promise<number | null>((resolve) => worker.once("exit", resolve));
  let doing = "";
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    doing = file;
    const done = await Promise.race([run(worker, file), ended.then(() => null)]);
    if (done === null) break;
    process.stdout.write(done.output);
    sum.passed += done.tally.passed;
    sum.failed += done.tally.failed;
    sum.failures.push(...done.tally.failures);
    sum.skipped.push(...done.tally.skipped);
  }
  if (worker.connected) worker.disconnect();
  const code = await ended;
  if (code === 0) return;
  console.error(`the process that ran ${doing} last exited ${code}`);
  sum.failed += 1;
}

function run(worker: ChildProcess, file: string): Promise<Done> {
  return new Promise((resolve) => {
    worker.once("message", (done) => resolve(done as Done));
    worker.send(file);
  });
}

// `npm run test:watch -- PATTERN`: runs `npm test -- PATTERN` again after each change of a file. A change during a run
// ends that run and starts another one.
import { type ChildProcess, spawn } from "node:child_process";
import { type FSWatcher, watch } from "node:fs";
import { constants } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { trySignal } from "./signal.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Everything in this checkout that tests read. */
const FOLDERS = ["webhook", "init", "build", "manifests", "test"];

/** An editor that saves a file, or a checkout, makes several changes. */
const SETTLE_MS = 100;

/** How long a stopped run may take to end its child processes. */
const END_MS = 7_000;

/** Files of editors, and files that tests create and remove beside the sources. */
const isIgnored = (path: string): boolean => /^\.|^4913$|~$|\.test-only\./.test(basename(path));

export interface TestWatchInput {
  readonly folders: readonly string[];
  /** starts a run as the leader of its own process group */
  start(this: void): ChildProcess;
  say(this: void, line: string): void;
}

/** Runs once, and again after each change, until it is stopped. */
export class TestWatcher {
  readonly #watched: TestWatchInput;
  readonly #watchers: FSWatcher[];
  #run: TestRun;
  /** the handling of changes, one after the other */
  #doing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** the current run ends because of a change or `stop` */
  #isEnding = false;
  #isStopped = false;

  /** @throws if a folder cannot be watched */
  constructor(watched: TestWatchInput) {
    this.#watched = watched;
    this.#watchers = watched.folders.map((folder) =>
      watch(folder, { recursive: true }, (_, path) => {
        if (path !== null && !isIgnored(path)) this.#noteChange(join(folder, path));
      }),
    );
    this.#run = this.#start();
  }

  /** Ends the current run and its process group. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    await this.#doing;
    await endRun(this.#run);
  }

  #start(): TestRun {
    const run = startRun(this.#watched.start);
    void run.ended.then(() => {
      if (!this.#isEnding && !this.#isStopped) this.#watched.say("waiting for a change; Ctrl+C ends this");
    });
    return run;
  }

  #noteChange(path: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#doing = this.#doing.then(() => this.#runAgain(path));
    }, SETTLE_MS);
  }

  async #runAgain(path: string): Promise<void> {
    this.#isEnding = true;
    await endRun(this.#run);
    this.#isEnding = false;
    if (this.#isStopped) return;
    this.#watched.say(`${path} has changed`);
    this.#run = this.#start();
  }
}

interface TestRun {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

function startRun(start: () => ChildProcess): TestRun {
  const child = start();
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => {
      // kills the rest of its group at once: later the number may belong to another group
      if (child.pid !== undefined) trySignal(-child.pid, "SIGKILL");
      resolve();
    });
  });
  return { child, ended };
}

async function endRun({ child: { pid, exitCode, signalCode }, ended }: TestRun): Promise<void> {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  const kill = setTimeout(() => trySignal(-pid, "SIGKILL"), END_MS);
  trySignal(-pid, "SIGINT");
  await ended;
  clearTimeout(kill);
}

/** Watches until a signal arrives, and exits with the code that a shell expects. */
export function watchUntilSignal(watched: TestWatchInput): void {
  const watcher = new TestWatcher(watched);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // a second Ctrl+C must not end this process before the run has ended
    process.on(signal, () => {
      void watcher.stop().then(() => process.exit(128 + constants.signals[signal]));
    });
  }
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  watchUntilSignal({
    folders: FOLDERS.map((folder) => join(ROOT, folder)),
    start: () =>
      spawn(process.execPath, [join(ROOT, "test/run.ts"), ...words], {
        cwd: ROOT,
        detached: true,
        stdio: ["ignore", "inherit", "inherit"],
      }),
    say: (line) => console.log(`\n${line}`),
  });
}

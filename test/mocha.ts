// Runs Mocha on a list of files and prints a summary line: N passed, N failed[, N skipped].
import Mocha from "mocha";

/** For tests that need no cluster. */
export const MOCHA: Mocha.MochaOptions = { timeout: 120_000, slow: 2_000 };

export interface Tally {
  passed: number;
  failed: number;
  /** of each failed test: its full title and the error */
  failures: string[];
  /** full titles of tests that were skipped for a missing requirement */
  skipped: string[];
}

export interface RunHooks {
  /** called at each failure, before any `after` hook */
  onFail?: (() => void) | undefined;
  /** after it is aborted, no further test starts; `after` hooks still run */
  stop?: AbortSignal | undefined;
}

/**
 * Makes `describe` throw where its callback returns a promise: Mocha does not wait for it, so that tests behind the
 * first `await` would never run, and nothing would say so.
 */
function rejectAsyncSuites(context: Mocha.MochaGlobals): void {
  const guard =
    (describe: (title: string, fn: (this: Mocha.Suite) => void) => unknown) =>
    (title: string, fn: (this: Mocha.Suite) => unknown): Mocha.Suite =>
      describe(title, function () {
        const returned = fn.call(this);
        if (!(returned instanceof Promise)) return;
        // its own failure would only hide the reason
        returned.catch(() => undefined);
        throw new Error(
          `the callback of describe("${this.fullTitle()}") returns a promise, for which Mocha does not wait: load what it needs in before(), or with a top-level await`,
        );
      }) as Mocha.Suite;
  const { describe } = context;
  const guarded = Object.assign(guard(describe), {
    only: guard(describe.only.bind(describe)),
    skip: guard(describe.skip.bind(describe)),
  }) as Mocha.SuiteFunction;
  Object.assign(context, { describe: guarded, context: guarded });
}

/** Runs the files in this process. @returns their results */
export async function runFiles(
  files: readonly string[],
  options: Mocha.MochaOptions,
  { onFail, stop }: RunHooks = {},
): Promise<Tally> {
  // the messages of node:assert show the difference already, with the opposite signs
  const mocha = new Mocha({ forbidOnly: true, diff: false, ...options });
  // after the interface's own listener, which defines them for each file
  mocha.suite.on("pre-require", rejectAsyncSuites);
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  const tally: Tally = { passed: 0, failed: 0, failures: [], skipped: [] };
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      mocha.dispose();
      resolve(tally);
    });
    runner.on("pass", () => {
      tally.passed += 1;
    });
    runner.on("fail", (test, error: Error) => {
      tally.failed += 1;
      tally.failures.push(`${test.fullTitle()}\n${error.stack ?? error.message}`);
      onFail?.();
    });
    runner.on("pending", (test) => tally.skipped.push(test.fullTitle()));
    const abort = (): void => void runner.abort();
    if (stop?.aborted === true) abort();
    stop?.addEventListener("abort", abort, { once: true });
  });
}

/** Prints what was skipped and the summary line, and sets the exit code of this process. */
export function close({ passed, failed, skipped }: Tally): void {
  for (const title of skipped) console.log(`SKIPPED ${title}`);
  const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  console.log(`${passed} passed, ${failed} failed${tail}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** Reports a test that left something running, since the process would not end. */
export function mustEnd(): void {
  setTimeout(() => {
    console.error("a test has left something running:", process.getActiveResourcesInfo().join(", "));
    process.exit(1);
  }, 30_000).unref();
}

/** Runs the files in this process and prints the summary; ends the process if a test has left something running. */
export async function runMocha(
  files: readonly string[],
  options: Mocha.MochaOptions,
  hooks: RunHooks = {},
): Promise<void> {
  close(await runFiles(files, options, hooks));
  mustEnd();
}

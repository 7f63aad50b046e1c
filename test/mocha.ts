// Mocha on a list of files, closed by one line that counts: N passed, N failed[, N skipped].
import Mocha from "mocha";

/**
 * Runs the files in this process; sets its exit code, and ends it where a test has left something running.
 * @param onFail called at each failure, before any `after` hook
 */
export async function runMocha(
  files: readonly string[],
  options: Mocha.MochaOptions,
  onFail: () => void = () => undefined,
): Promise<void> {
  const mocha = new Mocha({ forbidOnly: true, ...options });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  const skipped: string[] = [];
  const count = { passed: 0, failed: 0 };
  const runner = mocha.run(() => {
    for (const title of skipped) console.log(`SKIPPED ${title}`);
    const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
    console.log(`${count.passed} passed, ${count.failed} failed${tail}`);
    process.exitCode = count.failed > 0 ? 1 : 0;
    // a test that left something running is found out here: the process would not end
    setTimeout(() => {
      console.error("a test has left something running:", process.getActiveResourcesInfo().join(", "));
      process.exit(1);
    }, 5_000).unref();
  });
  runner.on("pass", () => {
    count.passed += 1;
  });
  runner.on("fail", () => {
    count.failed += 1;
    onFail();
  });
  runner.on("pending", (test) => skipped.push(test.fullTitle()));
}

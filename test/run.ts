// `npm test`: all of test/**/*.test.ts in one mocha, closed by one line that says how it went.
//   npm test -- PATTERN    only files whose path holds PATTERN
import { glob } from "node:fs/promises";
import { resolve } from "node:path";
import Mocha from "mocha";

const [pattern = ""] = process.argv.slice(2);
const mocha = new Mocha({ timeout: 30_000, slow: 2_000, forbidOnly: true });
const files: string[] = [];
for await (const file of glob("test/**/*.test.ts")) if (file.includes(pattern)) files.push(file);
if (files.length === 0) {
  console.error(`no test file's path holds ${JSON.stringify(pattern)}`);
  process.exit(2);
}
for (const file of files.sort()) mocha.addFile(resolve(file));
await mocha.loadFilesAsync();

const skipped: string[] = [];
let passed = 0;
let failed = 0;
const runner = mocha.run(() => {
  for (const title of skipped) console.log(`SKIPPED ${title}`);
  const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  console.log(`${passed} passed, ${failed} failed${tail}`);
  // a test that left something running is found out here: the process would not end
  setTimeout(() => {
    console.error("a test has left something running:", process.getActiveResourcesInfo().join(", "));
    process.exit(1);
  }, 5_000).unref();
  process.exitCode = failed > 0 ? 1 : 0;
});
runner.on("pass", () => {
  passed += 1;
});
runner.on("fail", () => {
  failed += 1;
});
runner.on("pending", (test) => skipped.push(test.fullTitle()));

// `npm test`: all of test/**/*.test.ts in one mocha, closed by one line that says how it went.
//   npm test -- PATTERN          only files whose path holds PATTERN
//   npm test -- --real PATTERN   *.real.ts instead: against real servers, which `npm run cluster -- image` builds
//   ROLLCALL_SEED=N              property tests with the random values of an earlier run
import { glob } from "node:fs/promises";
import { resolve } from "node:path";
import { runMocha } from "./mocha.ts";
import { seedProperties } from "./seed.ts";

const words = process.argv.slice(2);
const kind = words.includes("--real") ? "real" : "test";
const [pattern = ""] = words.filter((word) => word !== "--real");
const files = (await Array.fromAsync(glob(`test/**/*.${kind}.ts`)))
  .filter((file) => file.includes(pattern))
  .sort();
if (files.length === 0) {
  console.error(`no test file's path holds ${JSON.stringify(pattern)}`);
  process.exit(2);
}
seedProperties(process.env["ROLLCALL_SEED"]);
await runMocha(
  files.map((file) => resolve(file)),
  { timeout: 30_000, slow: 2_000 },
);

// `npm test`: runs all of test/**/*.test.ts and ends with a summary line.
//   npm test -- PATTERN          only files whose path contains PATTERN
//   npm test -- --real PATTERN   *.real.ts instead: against real servers, which `npm run cluster -- image` builds
//   ROLLCALL_SEED=N              property tests with the random values of an earlier run
import { chmod, glob, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeInterruptible } from "./interrupted.ts";
import { MOCHA, runMocha } from "./mocha.ts";
import { PROGRAMS_ENV } from "./programs.ts";
import { seedProperties } from "./seedProperties.ts";
import { bundleCli } from "./webhook/cli/bundleCli.ts";
import { runOnWorkers } from "./workers.ts";

/** Fewer files are faster in one process, which also prints immediately. */
const FEW = 6;

const words = process.argv.slice(2);
const kind = words.includes("--real") ? "real" : "test";
const patterns = words.filter((word) => word !== "--real");
const files = (await Array.fromAsync(glob(`test/**/*.${kind}.ts`)))
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort()
  .map((file) => resolve(file));
if (files.length === 0) {
  console.error(
    `no test file's path holds ${patterns.map((pattern) => JSON.stringify(pattern)).join(" or ")}`,
  );
  process.exit(2);
}
let folder: string | null = null;
const { stop, finish } = makeInterruptible(removeFolder);

async function removeFolder(): Promise<void> {
  // a process that was just killed may still write
  if (folder !== null) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function run(): Promise<void> {
  const seed = seedProperties(process.env["ROLLCALL_SEED"]);
  // real servers are measured, so one file runs at a time
  if (kind === "real" || files.length <= FEW) return runMocha(files, MOCHA, { stop });
  folder = await mkdtemp(join(tmpdir(), "rollcall-tests-"));
  // some tests start the programs as another user
  await chmod(folder, 0o755);
  await bundleCli(folder);
  // the CLI alone is started some hundred times; with a compile cache each start takes half the time
  const compiled = { NODE_COMPILE_CACHE: join(folder, "compiled") };
  const ours = { ROLLCALL_SEED: String(seed), [PROGRAMS_ENV]: folder };
  await runOnWorkers(files, { ...process.env, ...compiled, ...ours }, stop);
}

try {
  await run();
} finally {
  await finish();
  await removeFolder();
}

// Runs one suite file in one mocha; the last line of output is its summary.
import { resolve } from "node:path";
import { makeInterruptible } from "../../interrupted.ts";
import { runMocha } from "../../mocha.ts";
import { keepEvidence } from "./space.ts";

const { stop, finish } = makeInterruptible();
await runMocha(
  [resolve(process.argv[2] ?? "")],
  { timeout: 1_800_000, slow: 60_000, bail: true },
  { onFail: keepEvidence, stop },
);
await finish();

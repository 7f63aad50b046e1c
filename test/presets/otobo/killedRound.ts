// One round of the watcher that ends itself by SIGKILL at the n-th change of a file, for watchKilled.test.ts.
import { createRequire as createOwnRequire, syncBuiltinESMExports } from "node:module";
import type { Otobo } from "../../../presets/otobo/runner/otobo.ts";
import type { PackageRow } from "../../../presets/otobo/runner/probes/packageRows.ts";

const CHANGES = [
  "rename",
  "link",
  "rm",
  "rmdir",
  "mkdir",
  "writeFile",
  "copyFile",
  "chmod",
  "utimes",
] as const;

interface Input {
  home: string;
  next: string;
  rows: PackageRow[];
  /** ends before this change; 0: never */
  at: number;
}

const input = JSON.parse(process.argv[2] ?? "") as Input;
const promises = createOwnRequire(import.meta.url)("node:fs/promises") as Record<
  string,
  (...words: unknown[]) => unknown
>;
let count = 0;
for (const name of CHANGES) {
  const original = promises[name];
  if (original === undefined) throw new Error(`node:fs/promises has no ${name}`);
  promises[name] = (...words) => {
    count += 1;
    if (count === input.at) process.kill(process.pid, "SIGKILL");
    return original(...words);
  };
}
syncBuiltinESMExports();

const { openOtobo } = await import("../../../presets/otobo/runner/otobo.ts");
const { takeRound } = await import("../../../presets/otobo/runner/packages/takeRound.ts");
const otobo: Otobo = openOtobo({
  ...input,
  env: process.env,
  stop: new AbortController().signal,
  say: () => undefined,
});
const { faults } = await takeRound({ otobo, rows: input.rows, isFull: true, postponed: new Map() });
if (faults.size > 0) throw new Error(JSON.stringify([...faults]));
console.log(count);

// Writes the table of codes into the README, from the tables that the programs use: node build/codes.ts
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { RUNNER_CODES } from "../init/contract/codes.ts";
import { GUARD_CODES } from "../webhook/guard/codes.ts";
import { INJECT_CODES } from "../webhook/inject/codes.ts";

const BETWEEN = /(<!-- codes: [^>]*-->\n)[\s\S]*?(<!-- \/codes -->)/;
const readme = fileURLToPath(new URL("../README.md", import.meta.url));

/** The README with the table as it must be. */
export function withCodes(text: string): string {
  const rows = Object.entries({ ...GUARD_CODES, ...INJECT_CODES, ...RUNNER_CODES }).map(
    ([name, { code, says }]) => `| ${code} | ${name} | ${says} |`,
  );
  const table = ["| code | name | says |", "|---|---|---|", ...rows].join("\n");
  return text.replace(BETWEEN, `$1${table}\n$2`);
}

if (import.meta.main) await writeFile(readme, withCodes(await readFile(readme, "utf8")));

// The README's table of codes, from the tables that the programs use.
import { RUNNER_CODES } from "../init/contract/codes.ts";
import { ALL_INJECT_CODES } from "../webhook/denials/allCodes.ts";
import { GUARD_CODES } from "../webhook/scaleDown/codes.ts";

const BETWEEN = /(<!-- codes: [^>]*-->\n)[\s\S]*?(<!-- \/codes -->)/;

/** The README with the table as it must be. */
export function withCodes(text: string): string {
  const rows = Object.entries({ ...GUARD_CODES, ...ALL_INJECT_CODES, ...RUNNER_CODES }).map(
    ([name, { code, says }]) => `| ${code} | ${name} | ${says} |`,
  );
  const table = ["| code | name | says |", "|---|---|---|", ...rows].join("\n");
  return text.replace(BETWEEN, `$1${table}\n$2`);
}

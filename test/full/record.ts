// docs/test-runs.md: a row for each run of a part, the newest first. Pure, except for the description of the machine.
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** The result of one run of a part. */
export interface TestRun {
  readonly part: string;
  /** abbreviated; with "+" if the checkout had uncommitted changes */
  readonly commit: string;
  readonly date: Date;
  readonly machine: string;
  readonly result: string;
  readonly seconds: number;
}

/** The table header after which rows are inserted. */
export const TABLE_HEAD =
  "| part | commit | date | machine | result | time |\n| --- | --- | --- | --- | --- | --- |\n";

/** @throws if the document does not have the table */
export function insertRun(document: string, run: TestRun): string {
  const at = document.indexOf(TABLE_HEAD);
  if (at < 0) throw new Error(`docs/test-runs.md has no table that begins with\n${TABLE_HEAD}`);
  const end = at + TABLE_HEAD.length;
  return `${document.slice(0, end)}${formatRow(run)}${document.slice(end)}`;
}

function formatRow({ part, commit, date, machine, result, seconds }: TestRun): string {
  const day = date.toISOString().slice(0, 16).replace("T", " ");
  const cells = [part, commit, day, machine, result, formatSeconds(seconds)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}

/** "45 s", "12 min 5 s" */
function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The sum of all summary lines of an output: "N passed, N failed[, N skipped]"; null if it has none. */
export function readResult(output: string): string | null {
  const lines = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)];
  if (lines.length === 0) return null;
  const [passed, failed, skipped] = [1, 2, 3].map((at) =>
    lines.reduce((sum, line) => sum + Number(line[at] ?? 0), 0),
  );
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

/** The system, cores and memory, for example "Debian GNU/Linux 12 (bookworm), 2 cores, 24 GiB". */
export function describeMachine(): string {
  let system = process.platform as string;
  try {
    system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? system;
  } catch {
    // not Linux
  }
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${system}, ${availableParallelism()} cores, ${memory} GiB`;
}

// Follows the process that reads the packages' rows, and starts it again if it ends.
import { setTimeout as pause } from "node:timers/promises";
import type { Otobo } from "../otobo.ts";
import { MOST_PACKAGES, PACKAGE_ROWS, type PackageRow, packageRowLine } from "../probes/packageRows.ts";
import { ANSWER } from "../probes/prelude.ts";

export type PackageReading = { rows: readonly PackageRow[] } | { why: string };

/** Between two starts of a process that ends at once. */
const RESTART_AFTER_MS = 5_000;

/** Calls `onReading` for each reading, until `abort`. */
export async function followPackageRows(
  otobo: Otobo,
  {
    seconds,
    abort,
    onReading,
  }: { seconds: number; abort: AbortSignal; onReading: (reading: PackageReading) => void },
): Promise<void> {
  while (!abort.aborted) {
    let last = "it printed nothing";
    const parse = createRowParser(onReading);
    const argv = otobo.buildProbe(PACKAGE_ROWS, String(seconds));
    await otobo.follow(
      argv,
      (line) => {
        if (line.startsWith(ANSWER)) parse(line.slice(ANSWER.length));
        else if (line.trim() !== "") last = line;
      },
      abort,
    );
    if (abort.aborted) return;
    onReading({ why: `the process that reads the packages has ended: ${last}` });
    await pause(RESTART_AFTER_MS, undefined, { signal: abort }).catch(() => undefined);
  }
}

/** One reading. */
export async function readPackageRows(otobo: Otobo): Promise<PackageReading> {
  const over = new AbortController();
  const abort = AbortSignal.any([otobo.stop, over.signal]);
  let first: PackageReading = { why: "stopped" };
  const onReading = (reading: PackageReading): void => {
    if (!over.signal.aborted) first = reading;
    over.abort();
  };
  await followPackageRows(otobo, { seconds: 60, abort, onReading });
  return first;
}

/** Collects the lines of a reading. */
export function createRowParser(onReading: (reading: PackageReading) => void): (line: string) => void {
  let rows: PackageRow[] = [];
  let fault: string | null = null;
  return (line) => {
    const read = parseLine(line);
    if ("row" in read) {
      // the query has a limit, too
      if (rows.length <= MOST_PACKAGES) rows.push(read.row);
      return;
    }
    if ("wrong" in read) {
      fault ??= read.wrong;
      return;
    }
    const why = read.end ?? fault;
    onReading(why === null ? { rows } : { why });
    rows = [];
    fault = null;
  };
}

function parseLine(line: string): { row: PackageRow } | { end: string | null } | { wrong: string } {
  try {
    const read = packageRowLine.safeParse(JSON.parse(line));
    return read.success ? read.data : { wrong: "a row of the packages cannot be read" };
  } catch {
    return { wrong: "a row of the packages is not JSON" };
  }
}

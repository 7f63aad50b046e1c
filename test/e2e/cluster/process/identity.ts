// Which process a number means. Numbers are reused, so a process is its number, its start time and the boot it ran in:
// only with all three equal may we end a process that an earlier, killed run of ours has left.
import { readFile } from "node:fs/promises";

/** One process, for good. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly start: string;
  readonly boot: string;
}

const bootId = (): Promise<string> =>
  readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (id) => id.trim(),
    () => "no-boot-id",
  );

/** Start time in the text of /proc/PID/stat; null for a zombie, which only waits to be read by its parent. */
export function startTime(stat: string): string | null {
  // The name before the closing bracket may hold spaces and brackets. After it come field 3, the state, and so on.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : (fields[19] ?? null);
}

/** The process that has this number now, or null where there is none. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  try {
    const start = startTime(await readFile(`/proc/${pid}/stat`, "utf8"));
    return start === null ? null : { pid, start, boot: await bootId() };
  } catch {
    return null;
  }
}

/** Whether the process still runs; false also where its number belongs to another one now. */
export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  const now = await identify(process.pid);
  return now !== null && now.start === process.start && now.boot === process.boot;
}

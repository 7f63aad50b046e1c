// Identifies a process. Process ids are reused, so an identity is the id, the start time and the boot: only if all
// three are equal, a process may be ended that an earlier, killed run has left.
import { readFile } from "node:fs/promises";

/** A process, identified for good. */
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

/** Start time in the text of /proc/PID/stat; null for a zombie. */
export function startTime(stat: string): string | null {
  // The name before the closing bracket may contain spaces and brackets. After it come field 3, the state, and so on.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : (fields[19] ?? null);
}

/** The process that has this id now; null if there is none. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  try {
    const start = startTime(await readFile(`/proc/${pid}/stat`, "utf8"));
    return start === null ? null : { pid, start, boot: await bootId() };
  } catch {
    return null;
  }
}

/** Whether the process still runs; false also if its id now belongs to another process. */
export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  const now = await identify(process.pid);
  return now !== null && now.start === process.start && now.boot === process.boot;
}

// Whether the container has memory for one more JVM: beyond its limit the kernel would kill the daemon as likely as it.
import type { FileSystem } from "../../../init/engine/ports.ts";

/** cgroup v2; where it is not mounted so, nothing is known and nothing is kept back. */
const CGROUP = "/sys/fs/cgroup";
const MIB = 1024 * 1024;

/** One clause, or null where there is room or nothing is known of a limit. */
export async function checkRoom(
  neededMib: number,
  files: Pick<FileSystem, "readText">,
): Promise<string | null> {
  const read = (name: string): Promise<string> => files.readText(`${CGROUP}/${name}`).catch(() => "");
  const [limit, used, stat] = await Promise.all(["memory.max", "memory.current", "memory.stat"].map(read));
  const most = number(limit);
  const now = number(used);
  if (most === null || now === null) return null;
  // the kernel gives these back before it kills anybody: a busy RocksDB has most of the container's memory as file pages
  const given = ["inactive_file", "active_file", "slab_reclaimable"]
    .map((name) => number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat ?? "")?.[1]) ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0);
  const free = Math.floor((most - now + given) / MIB);
  return free >= neededMib
    ? null
    : `the container has ${free} MiB left of its ${Math.floor(most / MIB)} MiB of memory, and Ozone's admin command takes about ${neededMib} MiB; raise resources.limits.memory`;
}

/** "max" is no number: there is no limit. */
function number(text: string | undefined): number | null {
  const trimmed = text?.trim() ?? "";
  return /^\d+$/.test(trimmed) ? Number(trimmed) : null;
}

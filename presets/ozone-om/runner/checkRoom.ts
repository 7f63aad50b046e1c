// Checks whether the container has memory for another JVM. Above the limit the kernel might kill the daemon instead.
import type { FileSystem } from "../../../init/engine/ports.ts";

/** cgroup v2; without it the limit is unknown, and the command is not held back. */
const CGROUP = "/sys/fs/cgroup";
const MIB = 1024 * 1024;

/** @returns null if there is enough memory or the limit is unknown; otherwise one clause */
export async function checkRoom(
  neededMib: number,
  files: Pick<FileSystem, "readText">,
): Promise<string | null> {
  const read = (name: string): Promise<string> => files.readText(`${CGROUP}/${name}`).catch(() => "");
  const [limit, used, stat] = await Promise.all(["memory.max", "memory.current", "memory.stat"].map(read));
  const most = parseNumber(limit);
  const now = parseNumber(used);
  if (most === null || now === null) return null;
  // the kernel reclaims these before it kills a process; with a busy RocksDB most of the container's memory is page
  // cache
  const reclaimable = ["inactive_file", "active_file", "slab_reclaimable"]
    .map((name) => parseNumber(new RegExp(`^${name} (\\d+)$`, "m").exec(stat ?? "")?.[1]) ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0);
  const free = Math.floor((most - now + reclaimable) / MIB);
  return free >= neededMib
    ? null
    : `the container has ${free} MiB left of its ${Math.floor(most / MIB)} MiB of memory, and Ozone's admin command takes about ${neededMib} MiB; raise resources.limits.memory`;
}

/** Parses a limit; null for "max", which means no limit. */
function parseNumber(text: string | undefined): number | null {
  const trimmed = text?.trim() ?? "";
  return /^\d+$/.test(trimmed) ? Number(trimmed) : null;
}

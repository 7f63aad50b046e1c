// Removes stale PID files of this node's daemon from a persistent home. Small PIDs are nearly always in use in a
// container, so the daemon would assume that it is running and exit 0 without starting
// (docs/research/otobo.md#stale-state).
import { link, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError, isMissing, readSystemCode } from "../../../../init/engine/failure.ts";
import { listDaemonProcesses } from "../daemon.ts";
import type { Otobo } from "../otobo.ts";
import type { StepImplementation } from "../step.ts";

/** Only files of this pod's own NodeID. */
function listPidFiles({ home, env }: Otobo): { folder: string; name: string }[] {
  const id = env["OTOBO_NODE_ID"] ?? "";
  return [
    { folder: join(home, "var/run"), name: `Daemon-NodeID-${id}.pid` },
    { folder: join(home, "var/run/Daemon/Scheduler"), name: `Worker-NodeID-${id}.pid` },
  ];
}

export const pidFiles: StepImplementation = {
  run: async (otobo) => {
    for (const { folder, name } of listPidFiles(otobo)) {
      try {
        await rm(join(folder, name), { force: true });
      } catch (error) {
        return `cannot remove ${join(folder, name)}: ${describeFileError(error)}`;
      }
    }
    return null;
  },
  verify: async (otobo) => {
    for (const { folder, name } of listPidFiles(otobo)) {
      const there = await readdir(folder).catch((): string[] => []);
      if (there.includes(name))
        return `${join(folder, name)} exists and would prevent the daemon from starting`;
    }
    return null;
  },
};

/**
 * Removes those of a daemon that was killed with its container. The files outlive the container, and OTOBO takes any process
 * or thread with the old PID for the daemon, so it would never start again.
 */
export async function removeStalePidFiles(otobo: Otobo): Promise<void> {
  const files = await Promise.all(
    listPidFiles(otobo).map(async ({ folder, name }) => {
      const path = join(folder, name);
      return { path, pid: await readFile(path, "utf8").catch(() => null) };
    }),
  );
  const pid = files[0]?.pid ?? null;
  if (pid === null || (await listDaemonProcesses(otobo.home)).includes(Number(pid))) return;
  // the entrypoint has started another daemon meanwhile
  for (const file of files) if (file.pid !== null && !(await removePidFile(file.path, file.pid))) return;
  otobo.say(`removed the PID files of a daemon that was killed with its container (process ${pid})`);
}

/**
 * Moves the file away before it looks at it, since a daemon may write its own at any moment.
 * @returns false: it is that of another process, and is in its place
 */
export async function removePidFile(path: string, pid: string): Promise<boolean> {
  const aside = `${path}.rollcall-stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
  const isStale = (await readFile(aside, "utf8")) === pid;
  if (!isStale) {
    // fails where a daemon has written the next one, which stays
    await link(aside, path).catch((error: unknown) => {
      if (readSystemCode(error) !== "EEXIST") throw error;
    });
  }
  await rm(aside, { force: true });
  return isStale;
}

// A process limit as for a container: the pids controller of cgroups counts every process that was not reaped.
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { needs } from "../requirements.ts";

export interface PidsLimit {
  /** the cgroup's folder */
  folder: string;
  /** how often the limit prevented a new process */
  countRefusals(): Promise<number>;
  /** to be called after all its processes have ended */
  remove(): Promise<void>;
}

const MOUNT = "/sys/fs/cgroup";

/** Creates a cgroup below this process's own, or skips the test. */
export async function makePidsLimit(context: Mocha.Context, most: number): Promise<PidsLimit> {
  const parent = await findParent();
  const folder = join(parent, `rollcall-test-${process.pid}-${most}`);
  try {
    await mkdir(folder);
    await writeFile(join(folder, "pids.max"), String(most));
  } catch (error) {
    await rmdir(folder).catch(() => undefined);
    needs(context, false, `a cgroup with the pids controller, and none can be made in ${parent}: ${error}`);
  }
  return {
    folder,
    countRefusals: async () =>
      Number(/^max (\d+)$/m.exec(await readFile(join(folder, "pids.events"), "utf8"))?.[1]),
    remove: () => removeCgroup(folder),
  };
}

/** This process's cgroup: of version 1 if the pids controller is there, otherwise of version 2. */
async function findParent(): Promise<string> {
  const lines = (await readFile("/proc/self/cgroup", "utf8")).split("\n").map((line) => line.split(":"));
  const findCgroupPath = (controller: string): string | undefined =>
    lines.find(([, controllers = ""]) => controllers.split(",").includes(controller))?.[2];
  const first = findCgroupPath("pids");
  return first === undefined ? join(MOUNT, findCgroupPath("") ?? "") : join(MOUNT, "pids", first);
}

/** Its last processes may be ending. */
async function removeCgroup(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await rmdir(folder);
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(50);
    }
  }
}

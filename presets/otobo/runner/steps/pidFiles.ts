// Removes stale PID files of this node's daemon from a persistent home. Small PIDs are nearly always in use in a
// container, so the daemon would assume that it is running and exit 0 without starting
// (docs/research/otobo.md#stale-state).
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../../init/engine/failure.ts";
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

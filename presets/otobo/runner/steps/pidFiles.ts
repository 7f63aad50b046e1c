// PID files that this node's daemon left on a home that is kept: in a container small numbers are nearly always alive, so
// the daemon would take itself for running and not start, with exit 0 (docs/research/otobo.md#stale-state).
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../../init/engine/reason.ts";
import type { Otobo } from "../otobo.ts";
import type { StepImplementation } from "../step.ts";

/** Of this number alone: it is exclusively this pod's. */
function ownFiles({ home, env }: Otobo): { folder: string; name: string }[] {
  const id = env["OTOBO_NODE_ID"] ?? "";
  return [
    { folder: join(home, "var/run"), name: `Daemon-NodeID-${id}.pid` },
    { folder: join(home, "var/run/Daemon/Scheduler"), name: `Worker-NodeID-${id}.pid` },
  ];
}

export const pidFiles: StepImplementation = {
  run: async (otobo) => {
    for (const { folder, name } of ownFiles(otobo)) {
      try {
        await rm(join(folder, name), { force: true });
      } catch (error) {
        return `${join(folder, name)} could not be removed: ${describeFileError(error)}`;
      }
    }
    return null;
  },
  verify: async (otobo) => {
    for (const { folder, name } of ownFiles(otobo)) {
      const there = await readdir(folder).catch((): string[] => []);
      if (there.includes(name))
        return `${join(folder, name)} is there: it would keep the daemon from starting`;
    }
    return null;
  },
};

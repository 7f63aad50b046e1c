// The kind ozone-om in the runner: joins, leaves, and the command `om`.
import type { PresetRunner } from "../../../init/engine/preset.ts";
import { readPlanOzone } from "../contract/plan.ts";

export const ozoneRunner: PresetRunner = {
  openPlan(plan) {
    const read = readPlanOzone(plan);
    if ("wrong" in read) return read;
    const { ozone } = read;
    return {
      run: async (host) => {
        const { joinOzoneRing } = await import("./joinOzoneRing.ts");
        return joinOzoneRing(plan, ozone, await host.openRingWorld(ozone));
      },
      leave: async (host) => {
        const [{ leaveRing }, { openOzoneClient }] = await Promise.all([
          import("../../../init/engine/ring/leaveRing.ts"),
          import("./openOzoneClient.ts"),
        ]);
        const world = await host.openRingWorld(ozone);
        return leaveRing({ plan, ring: openOzoneClient(ozone, world), world }, ozone);
      },
    };
  },
  async runCommand(words, host) {
    const { runOmCommand } = await import("./command.ts");
    return runOmCommand(words, host);
  },
};

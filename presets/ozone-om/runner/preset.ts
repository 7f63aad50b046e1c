// The kind ozone-om in the runner: a member joins its ring, leaves it, and has the command `om`.
import type { Plan } from "../../../init/contract/plan.ts";
import type { PresetHost, PresetRunner } from "../../../init/engine/preset.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import { type PlanOzone, readPlanOzone } from "../contract/plan.ts";

export const ozoneRunner: PresetRunner = {
  findPlanFault(plan) {
    const read = readPlanOzone(plan);
    return "wrong" in read ? read.wrong : null;
  },
  async run(plan, host) {
    const { ozone, world } = await openMember(plan, host);
    const { joinRing } = await import("./join.ts");
    return joinRing(plan, ozone, world);
  },
  async leave(plan, host) {
    const { ozone, world } = await openMember(plan, host);
    const { leaveByItself } = await import("./leave/leave.ts");
    return leaveByItself(plan, ozone, world);
  },
  async runCommand(words, host) {
    const { runOmCommand } = await import("./command.ts");
    return runOmCommand(words, host);
  },
};

/** @throws where findPlanFault has a fault */
async function openMember(plan: Plan, host: PresetHost): Promise<{ ozone: PlanOzone; world: RingWorld }> {
  const read = readPlanOzone(plan);
  if ("wrong" in read) throw new Error(read.wrong);
  return { ozone: read.ozone, world: await host.openRingWorld(read.ozone) };
}

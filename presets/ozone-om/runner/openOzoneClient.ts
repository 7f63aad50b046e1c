// How Ozone Managers are asked about their ring, and how it is changed: by Ozone's admin command line.
import type { RingClient } from "../../../init/engine/ring/client.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { removeCommand, runAdmin, transferCommand } from "./admin.ts";
import { askRoles, observeRing } from "./ask.ts";

export const openOzoneClient = (ozone: PlanOzone, world: RingWorld): RingClient => ({
  command: "om",
  appliedName: "RatisRoles",
  superset: ozone.members.map(({ id }) => id),
  observe: (me) => observeRing(ozone, me, world.askWeb),
  listApplied: (leader) => askRoles(ozone, leader, world.askWeb),
  transferLeadership: (change, run) => runAdmin(transferCommand(ozone, change), { world, ...run }),
  removeMember: (change, run) => runAdmin(removeCommand(ozone, change), { world, ...run }),
});

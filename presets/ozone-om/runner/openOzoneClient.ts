// Queries and changes a ring of Ozone Managers, through HTTP and Ozone's admin command line.
import type { RingClient } from "../../../init/engine/ring/client.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { buildRemoveCommand, buildTransferCommand, runAdmin } from "./admin.ts";
import { askRoles, observeRing } from "./ask.ts";

export const openOzoneClient = (ozone: PlanOzone, world: RingWorld): RingClient => ({
  command: "om",
  appliedName: "RatisRoles",
  possibleMembers: ozone.members.map(({ id }) => id),
  observe: (me) => observeRing(ozone, me, world.askWeb),
  listApplied: (leader) => askRoles(ozone, leader, world.askWeb),
  transferLeadership: (change, run) => runAdmin(buildTransferCommand(ozone, change), { world, ...run }),
  removeMember: (change, run) => runAdmin(buildRemoveCommand(ozone, change), { world, ...run }),
});

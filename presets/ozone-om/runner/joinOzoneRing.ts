// Supplies what the core needs for the join of an Ozone Manager (init/engine/ring/member.ts).
import type { Plan } from "../../../init/contract/plan.ts";
import { joinRing as joinAnyRing } from "../../../init/engine/ring/joinRing.ts";
import type { JoiningMember } from "../../../init/engine/ring/member.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import type { RunOutcome } from "../../../init/engine/run.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { askCluster } from "./ask.ts";
import { forgetJoining } from "./clear.ts";
import { identifyState, type OzoneContext, readOwnDisk } from "./context.ts";
import { decideMember } from "./decideMember.ts";
import { createObstacleMemory, findObstacle } from "./findObstacle.ts";
import { listRecoveryCommands } from "./listRecoveryCommands.ts";
import { openOzoneClient } from "./openOzoneClient.ts";
import { classifyDisk, type DiskContents } from "./read/disk.ts";
import { runJoin } from "./runJoin.ts";

/** Makes this pod's member ready to be started, or reports why it must not start. */
export const joinOzoneRing = (plan: Plan, ozone: PlanOzone, world: RingWorld): Promise<RunOutcome> =>
  joinAnyRing(plan, world, (context) => openMember({ ...context, ozone }));

function openMember(context: OzoneContext): JoiningMember<DiskContents> {
  const { ozone, world } = context;
  const memory = createObstacleMemory();
  return {
    ring: openOzoneClient(ozone, world),
    waitSeconds: ozone.waitSeconds,
    readClusterID: () => askCluster(ozone, world.askWeb),
    readDisk: async () => {
      const disk = await readOwnDisk(context);
      if (!("unreadable" in disk)) return disk;
      const { dirs: path } = ozone.metadata;
      return { failure: { name: "state-volume-unusable", path, why: disk.unreadable } };
    },
    decide: decideMember,
    findObstacle: (observation, options) => findObstacle(context, observation, { ...options, memory }),
    identifyState: (disk) => {
      const standing = classifyDisk(disk);
      return standing.is === "whole" ? identifyState(context, standing.version, standing.logStart) : null;
    },
    join: (join, { observation, lease }) => runJoin(context, join, { observation, lease }),
    forgetJoin: () => forgetJoining(context),
    listRecoveryCommands: (observation) => listRecoveryCommands(context, observation),
  };
}

// The commands of Ozone's admin command line that members need (docs/research/ozone.md#quorum). Each is a JVM beside
// the daemon in the same container, so its heap is small and free memory is checked first. Its exit code is not
// trusted; the ring's state afterwards counts.

import { describeChildEnd } from "../../../init/engine/failure.ts";
import type { World } from "../../../init/engine/ports.ts";
import type { CommandOutput, CommandRun } from "../../../init/engine/ring/client.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { checkRoom } from "./checkRoom.ts";

const HEAP_MIB = 128;
/** Heap and the JVM's overhead; 180 MiB were measured. */
const NEEDED_MIB = 224;
/** A transfer took 15 s; Ratis allows itself 60 s (docs/research/ozone.md#transfer-of-leadership). */
const LIMIT_SECONDS = 120;

const HEAP = { OZONE_HEAPSIZE_MAX: `${HEAP_MIB}m`, JAVA_OPTS: `-Xmx${HEAP_MIB}m` };

export function buildTransferCommand(
  ozone: PlanOzone,
  { to, nodes }: { to: string; nodes: readonly string[] },
): string[] {
  return [...buildAdminCommand(ozone, nodes), "om", "transfer", `--service-id=${ozone.serviceId}`, "-n", to];
}

/**
 * @param nodes the remaining ring. Only the command uses the removed member's address, which must resolve; the name of
 * a terminating pod may not (docs/research/ozone.md#quorum)
 */
export function buildRemoveCommand(
  ozone: PlanOzone,
  { id, nodes }: { id: string; nodes: readonly string[] },
): string[] {
  const { serviceId } = ozone;
  const at = "127.0.0.1";
  return [
    ...buildAdminCommand(ozone, nodes),
    ...["--set", `ozone.om.address.${serviceId}.${id}=${at}`],
    ...[
      "om",
      "decommission",
      `--service-id=${serviceId}`,
      `--nodeid=${id}`,
      `--node-host-address=${at}`,
      "--force",
    ],
  ];
}

/** Lists only the current members, because the command would try every node of the configuration. */
function buildAdminCommand({ command, serviceId }: PlanOzone, nodes: readonly string[]): string[] {
  const sets = [`ozone.om.nodes.${serviceId}=${nodes.join(",")}`, "ozone.client.failover.max.attempts=10"];
  return [...command, "admin", ...sets.flatMap((set) => ["--set", set])];
}

/** Runs an admin command. @returns how it ended, for people; noRoom: it was not started */
export async function runAdmin(
  argv: readonly string[],
  { world, abort, limitSeconds }: CommandRun & { world: World },
): Promise<CommandOutput> {
  const noRoom = await checkRoom(NEEDED_MIB, world.files);
  if (noRoom !== null) return { noRoom };
  const end = await world.runChild({
    argv,
    env: HEAP,
    timeoutSeconds: Math.min(LIMIT_SECONDS, limitSeconds),
    abort,
    onLine: (line) => world.log(`[admin] ${line}`),
  });
  return { how: describeChildEnd("the command", argv, end) };
}

// Ozone's admin command line, as far as members need it (docs/research/ozone.md#quorum): a JVM of its own beside the
// daemon in the same container, so its heap is small and its room is looked for first. Its exit codes are not believed:
// what the ring says afterwards counts.

import { describeChildEnd } from "../../../init/engine/failure.ts";
import type { World } from "../../../init/engine/ports.ts";
import type { CommandOutput, CommandRun } from "../../../init/engine/ring/client.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { checkRoom } from "./checkRoom.ts";

const HEAP_MIB = 128;
/** Heap and what a JVM takes beside it: 180 MiB were seen. */
const NEEDED_MIB = 224;
/** A transfer took 15 s, of which Ratis may take 60 (docs/research/ozone.md#transfer-of-leadership). */
const LIMIT_SECONDS = 120;

const HEAP = { OZONE_HEAPSIZE_MAX: `${HEAP_MIB}m`, JAVA_OPTS: `-Xmx${HEAP_MIB}m` };

export function transferCommand(
  ozone: PlanOzone,
  { to, nodes }: { to: string; nodes: readonly string[] },
): string[] {
  return [...admin(ozone, nodes), "om", "transfer", `--service-id=${ozone.serviceId}`, "-n", to];
}

/**
 * @param nodes the ring that remains. The address is looked at by the command alone, and must resolve to itself: a
 * name of a pod that is on its way out may not any more (docs/research/ozone.md#quorum)
 */
export function removeCommand(
  ozone: PlanOzone,
  { id, nodes }: { id: string; nodes: readonly string[] },
): string[] {
  const { serviceId } = ozone;
  const at = "127.0.0.1";
  return [
    ...admin(ozone, nodes),
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

/** Those that are there and no others: the command would walk through all that the configuration lists. */
function admin({ command, serviceId }: PlanOzone, nodes: readonly string[]): string[] {
  const sets = [`ozone.om.nodes.${serviceId}=${nodes.join(",")}`, "ozone.client.failover.max.attempts=10"];
  return [...command, "admin", ...sets.flatMap((set) => ["--set", set])];
}

/** Runs one; @returns how it ended, for people; no-room: it was not started */
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

// `ozone om --init`: writes the cluster ID to an empty member. Its exit code is not trusted, because it is 0 against
// another cluster, too (docs/research/ozone.md#commands); VERSION is checked instead.
import { describeChildEnd, type Failure } from "../../../init/engine/failure.ts";
import type { LeaseHandle } from "../../../init/engine/lock/holdLock.ts";
import { type OzoneContext, readOwnDisk } from "./context.ts";

/** @returns null if VERSION names the cluster */
export async function initialise(
  context: OzoneContext,
  { lease, clusterID }: { lease: LeaseHandle; clusterID: string | null },
): Promise<Failure | null> {
  const { world, ozone, keep } = context;
  const failed = (why: string): Failure => ({ name: "join-failed", what: "om --init", why });
  const before = await readClusterID(context);
  let how = "VERSION already existed";
  if (before === null) {
    const argv = [...ozone.command, "om", "--init"];
    const end = await world.runChild({
      argv,
      timeoutSeconds: ozone.joinSeconds,
      abort: lease.lost,
      onLine: (line) => {
        keep(line);
        world.log(`[init] ${line}`);
      },
    });
    if (end.is === "stopped") return { name: "stopped", step: "om --init" };
    how = describeChildEnd("it", argv, end);
  }
  const after = await readClusterID(context);
  if (after === null) return failed(`${how} and left no VERSION`);
  return after === clusterID ? null : failed(`${how}, and VERSION names cluster ${after}, not ${clusterID}`);
}

async function readClusterID(context: OzoneContext): Promise<string | null> {
  const disk = await readOwnDisk(context);
  if ("unreadable" in disk || disk.version === null || "broken" in disk.version) return null;
  return disk.version.clusterID;
}

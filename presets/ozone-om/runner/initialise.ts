// `ozone om --init`: gives an empty member the cluster's id. Its exit code is not believed; VERSION is (it returns 0
// against another cluster, too, docs/research/ozone.md#commands).
import { endOf, type Failure } from "../../../init/engine/failure.ts";
import type { Held } from "../../../init/engine/lock/hold.ts";
import type { Around } from "./around.ts";
import { readDisk } from "./read/disk.ts";

/** Null where VERSION is of the cluster. */
export async function initialise(
  around: Around,
  { held, clusterID }: { held: Held; clusterID: string | null },
): Promise<Failure | null> {
  const { world, ozone, keep } = around;
  const failed = (why: string): Failure => ({ name: "join-failed", what: "om --init", why });
  const before = await clusterOf(around);
  let how = "VERSION was there before";
  if (before === null) {
    const argv = [...ozone.command, "om", "--init"];
    const end = await world.runChild({
      argv,
      timeoutSeconds: ozone.joinSeconds,
      abort: held.lost,
      onLine: (line) => {
        keep(line);
        world.log(`[init] ${line}`);
      },
    });
    if (end.is === "stopped") return { name: "stopped", step: "om --init" };
    how = endOf("it", argv, end);
  }
  const after = await clusterOf(around);
  if (after === null) return failed(`${how} and left no VERSION`);
  return after === clusterID ? null : failed(`${how}, and VERSION is of cluster ${after}, not ${clusterID}`);
}

async function clusterOf({ ozone, world }: Around): Promise<string | null> {
  const disk = await readDisk(ozone, { ...world.trees, readText: world.files.readText });
  if ("unreadable" in disk || disk.version === null || "broken" in disk.version) return null;
  return disk.version.clusterID;
}

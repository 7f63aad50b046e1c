// A pod that had left or was drained, and is back. Its marker is from before, so all of its steps are verified again,
// and then its departure is removed from the record.
import { isLeft, type Plan } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import type { OpenLock } from "../lock/open.ts";
import { withLock } from "../lock/withLock.ts";
import type { World } from "../ports.ts";
import { withoutTraces } from "../record/departures.ts";
import type { RecordStore } from "../record/recordStore.ts";

/** Waits for the lock while other pods leave or join. */
const PATIENCE_MS = 30 * 60_000;

/** Whether the record says that this pod has left or was about to; false for plans in which no pod leaves. */
export async function detectReturn(
  { drop, identity }: Plan,
  records: RecordStore,
  world: World,
): Promise<{ isBack: boolean } | { failure: Failure }> {
  if (!isLeft(drop)) return { isBack: false };
  const read = await records.read();
  if ("failure" in read) return read;
  const { tombstones, intents, drained } = read.record;
  const wasDrained = drained[identity.pod];
  // the same pod was drained and only its container restarts: it stays drained
  const isDrained = wasDrained !== undefined && wasDrained.podUid === world.podUid;
  if (isDrained) return { isBack: false };
  const traces = [tombstones[identity.pod], intents[identity.pod], wasDrained];
  const isBack = traces.some((trace) => trace !== undefined);
  if (isBack)
    world.log(`pod ${identity.pod} had left or was about to, and is back: every step is verified again`);
  return { isBack };
}

/** Removes a pod's departure from the record. This is a change of membership, so it needs the lock. */
export async function clearDeparture(input: {
  plan: Plan;
  world: World;
  records: RecordStore;
  openLock: OpenLock;
}): Promise<Failure | null> {
  const { plan, world, records, openLock } = input;
  const began = world.monotonic();
  const read = await records.read();
  if ("failure" in read) return read.failure;
  const result = await withLock(
    {
      plan,
      world,
      open: openLock,
      what: "rejoining",
      began,
      deadline: began + PATIENCE_MS,
      lastFence: read.record.fence,
      isStillWanted: async () => true,
    },
    async (lease): Promise<{ failure: Failure } | null> => {
      const changed = await records.change(lease.fence, (record) => withoutTraces(record, plan.identity.pod));
      if ("failure" in changed) return changed;
      if ("record" in changed) return null;
      return { failure: { name: "record-unusable", where: "rejoining", why: "the lock was lost" } };
    },
  );
  return result === null || result === "not-wanted" ? null : result.failure;
}

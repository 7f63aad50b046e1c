// A pod that had left, or was drained, and is back: its marker is of the time before, so its steps are verified again,
// and when all of them hold the record forgets that it was gone.
import { isLeft, type Plan } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import type { OpenLock } from "../lock/open.ts";
import { withLock } from "../lock/withLock.ts";
import type { World } from "../ports.ts";
import { withoutTraces } from "../record/departures.ts";
import type { RecordStore } from "../record/recordStore.ts";

/** As long as others may leave or join before. */
const PATIENCE_MS = 30 * 60_000;

/** Whether the record knows this pod as gone or going; false for plans in which no pod leaves. */
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
  // this very pod was drained and only its container starts anew: it stays drained
  const isDrained = wasDrained !== undefined && wasDrained.podUid === world.podUid;
  if (isDrained) return { isBack: false };
  const traces = [tombstones[identity.pod], intents[identity.pod], wasDrained];
  const isBack = traces.some((trace) => trace !== undefined);
  if (isBack)
    world.log(`pod ${identity.pod} had left or was about to, and is back: every step is verified again`);
  return { isBack };
}

/** Takes the traces of having left out of the record: a change of membership, so under the lock. */
export async function clearDeparture(given: {
  plan: Plan;
  world: World;
  book: RecordStore;
  openLock: OpenLock;
}): Promise<Failure | null> {
  const { plan, world, book, openLock } = given;
  const began = world.monotonic();
  const read = await book.read();
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
    async (held): Promise<{ failure: Failure } | null> => {
      const changed = await book.change(held.fence, (record) => withoutTraces(record, plan.identity.pod));
      if ("failure" in changed) return changed;
      if ("record" in changed) return null;
      return { failure: { name: "record-unusable", where: "rejoining", why: "the lock was lost meanwhile" } };
    },
  );
  return result === null || result === "not-wanted" ? null : result.failure;
}

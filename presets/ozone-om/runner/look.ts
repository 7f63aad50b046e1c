// Gathers what a member decides by: ring, SCM, record, its own disk and marker.
import type { Failure } from "../../../init/engine/failure.ts";
import type { Around } from "./around.ts";
import { askCluster, askRing } from "./ask.ts";
import type { Known, Seen } from "./decide/seen.ts";
import { readDisk } from "./read/disk.ts";

/** An election is over in seconds; after this long those who answer cannot do it alone. */
const SETTLED_AFTER_MS = 60_000;

/** What one run remembers from look to look. */
export interface Memory {
  /** monotonic milliseconds since when nobody leads; null: somebody does, or it was not looked yet */
  leaderlessSince: number | null;
}

/** @returns what is seen, with the ordinal taken as wanted: that is asked only before a join */
export async function look(
  around: Around,
  memory: Memory,
): Promise<{ seen: Seen; fence: number } | { failure: Failure }> {
  const { ozone, me, world, book } = around;
  // before the ring: an eviction takes a member out of the ring and writes its tombstone then, and who saw the ring of
  // before with the record of after would take himself for one that was readmitted
  const read = await book.read();
  if ("failure" in read) return read;
  const [live, clusterID, disk] = await Promise.all([
    askRing(ozone, me, world.askWeb),
    askCluster(ozone, world.askWeb),
    readDisk(ozone, { ...world.trees, readText: world.files.readText }),
  ]);
  if ("unreadable" in disk) {
    return { failure: { name: "state-volume-unusable", path: ozone.metadata.dirs, why: disk.unreadable } };
  }
  const now = world.monotonic();
  memory.leaderlessSince = live.is === "led" ? null : (memory.leaderlessSince ?? now);
  const { ring, tombstones, intents, drained } = read.record;
  const tombstone = tombstones[me];
  const record: Known = {
    ...(ring === undefined ? {} : { ring }),
    tombstone: tombstone === undefined ? null : { finished: tombstone.finished },
    hasTraces: [tombstones, intents, drained].some((traces) => Object.keys(traces).length > 0),
  };
  const seen: Seen = {
    me,
    superset: ozone.members.map(({ id }) => id),
    live,
    disk,
    record,
    gone: Object.keys(tombstones),
    clusterID,
    isMarked: around.isMarked,
    isSettled: memory.leaderlessSince !== null && now - memory.leaderlessSince >= SETTLED_AFTER_MS,
    notWanted: null,
  };
  return { seen, fence: read.record.fence };
}

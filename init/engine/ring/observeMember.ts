// Gathers what a member decides by: ring, cluster, record, its own disk and marker.
import type { Failure } from "../failure.ts";
import type { JoiningMember, MemberContext, MemberObservation } from "./member.ts";
import type { RecordedState } from "./observation.ts";

/** An election is over in seconds; after this long those who answer cannot do it alone. */
const SETTLED_AFTER_MS = 60_000;

/** What one run remembers from look to look. */
export interface RunMemory {
  /** monotonic milliseconds since when there is no leader; null: there is one, or it was not looked yet */
  leaderlessSince: number | null;
}

/** @returns what is seen, with the ordinal taken as wanted: that is asked only before a join */
export async function observeMember<Disk>(
  { me, world, book, isMarked }: MemberContext,
  member: JoiningMember<Disk>,
  memory: RunMemory,
): Promise<{ seen: MemberObservation<Disk>; fence: number } | { failure: Failure }> {
  // before the ring: an eviction takes a member out of the ring and writes its tombstone then; with the ring of before and
  // the record of after a member would take itself for one that was readmitted
  const read = await book.read();
  if ("failure" in read) return read;
  const [live, clusterID, disk] = await Promise.all([
    member.ring.observe(me),
    member.readClusterID(),
    member.readDisk(),
  ]);
  if (isFailure(disk)) return disk;
  const now = world.monotonic();
  memory.leaderlessSince = live.is === "led" ? null : (memory.leaderlessSince ?? now);
  const { ring, tombstones, intents, drained } = read.record;
  const tombstone = tombstones[me];
  const record: RecordedState = {
    ...(ring === undefined ? {} : { ring }),
    tombstone: tombstone === undefined ? null : { finished: tombstone.finished },
    hasTraces: [tombstones, intents, drained].some((traces) => Object.keys(traces).length > 0),
  };
  const observation: MemberObservation<Disk> = {
    me,
    superset: member.ring.superset,
    live,
    disk,
    record,
    gone: Object.keys(tombstones),
    clusterID,
    isMarked,
    isSettled: memory.leaderlessSince !== null && now - memory.leaderlessSince >= SETTLED_AFTER_MS,
    notWanted: null,
  };
  return { seen: observation, fence: read.record.fence };
}

const isFailure = (disk: unknown): disk is { failure: Failure } =>
  typeof disk === "object" && disk !== null && "failure" in disk;

// Gathers the observation of a joining member: ring, cluster, record, its own disk and marker.
import type { Failure } from "../failure.ts";
import type { JoiningMember, MemberContext, MemberObservation } from "./member.ts";
import type { RecordedState } from "./observation.ts";

/** An election takes seconds; after this long the reachable members cannot elect a leader alone. */
const SETTLED_AFTER_MS = 60_000;

/** The state that a run keeps between observations. */
export interface RunMemory {
  /** monotonic milliseconds since when there is no leader; null: there is one, or it is unknown */
  leaderlessSince: number | null;
}

/** @returns the observation, with all ordinals assumed to be wanted: that is checked only before a join */
export async function observeMember<Disk>(
  { me, world, records, isMarked }: MemberContext,
  member: JoiningMember<Disk>,
  memory: RunMemory,
): Promise<{ observation: MemberObservation<Disk>; fence: number } | { failure: Failure }> {
  // the record is read before the ring, because an eviction first changes the ring and then writes the tombstone. With
  // the old ring and the new record an evicted member would look like a readmitted one
  const read = await records.read();
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
    possibleMembers: member.ring.possibleMembers,
    live,
    disk,
    record,
    tombstoned: Object.keys(tombstones),
    clusterID,
    isMarked,
    isGracePeriodOver: memory.leaderlessSince !== null && now - memory.leaderlessSince >= SETTLED_AFTER_MS,
    belowStart: [],
    whyUnwanted: null,
  };
  return { observation, fence: read.record.fence };
}

const isFailure = (disk: unknown): disk is { failure: Failure } =>
  typeof disk === "object" && disk !== null && "failure" in disk;

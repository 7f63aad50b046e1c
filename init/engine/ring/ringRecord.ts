// The ring's part of the record: its seed, its cluster, its members at the last change, and tombstones. Pure.
import type { RecordedRing, WorkloadRecord as SetRecord } from "../../contract/record.ts";
import { withoutIntent, withoutTraces } from "../record/departures.ts";
import { type ObstacleFinding, withObstacle } from "./joinObstacle.ts";

/** Records that a member begins to seed the ring, unless a ring is recorded already. */
export function withSeedBegun(record: SetRecord, me: string): SetRecord {
  if (record.ring !== undefined) return record;
  return { ...record, ring: { clusterID: null, seed: me, members: [] } };
}

interface MemberRecord {
  readonly me: string;
  /** as the leader lists them */
  readonly members: readonly string[];
  readonly clusterID: string;
  /** the first index of this member's Raft log; null: unknown */
  readonly logStart: number | null;
}

/** Members that are not in the ring any more are dropped. A log that was never purged is not recorded. */
function withLogStart(ring: RecordedRing, me: string, logStart: number | null): RecordedRing {
  const { logStarts = {}, ...others } = ring;
  const kept = Object.entries(logStarts).filter(([id]) => id !== me && ring.members.includes(id));
  const known = logStart === null || logStart === 0 ? kept : [...kept, [me, logStart] as const];
  return known.length === 0 ? others : { ...others, logStarts: Object.fromEntries(known) };
}

/** Records what keeps new members from joining. A ring that is not recorded stays so. */
export function withRingObstacle(
  record: SetRecord,
  finding: ObstacleFinding,
  writer: Parameters<typeof withObstacle>[2],
): SetRecord {
  const { ring } = record;
  return ring === undefined ? record : { ...record, ring: withObstacle(ring, finding, writer) };
}

/** Records a proven join: the ring as the leader lists it. The member's earlier departure is removed. */
export function withJoined(record: SetRecord, { me, members, clusterID, logStart }: MemberRecord): SetRecord {
  const ring = withLogStart(
    { seed: null, ...record.ring, clusterID, members: members.toSorted() },
    me,
    logStart,
  );
  return { ...withoutTraces(record, me), ring };
}

/**
 * Records a member that the ring lists. The member writes this without the lock, so it adds only itself and removes no
 * other.
 */
export function withMember(record: SetRecord, { me, members, clusterID, logStart }: MemberRecord): SetRecord {
  const { ring } = record;
  const known = ring === undefined || ring.members.length === 0 ? members : [...ring.members, me];
  const next = {
    seed: null,
    ...ring,
    clusterID: ring?.clusterID ?? clusterID,
    members: [...new Set(known)].sort(),
  };
  return { ...withoutTraces(record, me), ring: withLogStart(next, me, logStart) };
}

/**
 * Records a removal. Other members that had an intent and are no longer in the ring get a tombstone as well: a removed
 * daemon exits, which may have ended its preStop before it could record the removal.
 * @param members as the leader lists them now
 */
export function withMembers(record: SetRecord, members: readonly string[]): SetRecord {
  const { ring, intents, tombstones } = record;
  if (ring === undefined) return record;
  const isOut = ([pod]: [string, unknown]): boolean => !members.includes(pod);
  const all = Object.entries(intents);
  const ended = all.filter(isOut).map(([pod, intent]) => [pod, { ...intent, finished: true }] as const);
  return {
    ...record,
    ring: { ...ring, members },
    intents: Object.fromEntries(all.filter((intent) => !isOut(intent))),
    tombstones: { ...tombstones, ...Object.fromEntries(ended) },
  };
}

/**
 * Records an eviction.
 * @param options.stays whether its ordinal stays; then the pod waits instead of rejoining
 */
export function withEvicted(
  record: SetRecord,
  { id, members, at, stays }: { id: string; members: readonly string[]; at: string; stays: boolean },
): SetRecord {
  const tombstones = { ...record.tombstones, [id]: { at, finished: !stays } };
  return { ...withoutIntent(withMembers(record, members), id), tombstones };
}

/** Records that an evicted member may rejoin. */
export function withReadmitted(
  record: SetRecord,
  id: string,
  tombstone: SetRecord["tombstones"][string],
): SetRecord {
  return { ...record, tombstones: { ...record.tombstones, [id]: { ...tombstone, finished: true } } };
}

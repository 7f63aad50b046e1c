// The ring's part of the record: who made it, of which cluster, who was in it at the last change; the tombstones of
// members; and what is struck out of the record when a member that had left is in the ring again. Pure.
import type { WorkloadRecord as SetRecord } from "../../contract/record.ts";
import { withoutIntent, withoutTraces } from "../record/departures.ts";

/** A member begins to make the ring; a ring that is recorded already stays. */
export function withSeedBegun(record: SetRecord, me: string): SetRecord {
  if (record.ring !== undefined) return record;
  return { ...record, ring: { clusterID: null, seed: me, members: [] } };
}

/** A join is proven: the ring as the leader has it, and no trace of an earlier leave. */
export function withJoined(
  record: SetRecord,
  { me, members, clusterID }: { me: string; members: readonly string[]; clusterID: string },
): SetRecord {
  const ring = { seed: null, ...record.ring, clusterID, members: members.toSorted() };
  return { ...withoutTraces(record, me), ring };
}

/** A member that the ring has, written by itself without the lock: it adds nobody but itself, and takes nobody out. */
export function withMember(
  record: SetRecord,
  { me, members, clusterID }: { me: string; members: readonly string[]; clusterID: string },
): SetRecord {
  const { ring } = record;
  const known = ring === undefined || ring.members.length === 0 ? members : [...ring.members, me];
  const next = {
    seed: null,
    ...ring,
    clusterID: ring?.clusterID ?? clusterID,
    members: [...new Set(known)].sort(),
  };
  return { ...withoutTraces(record, me), ring: next };
}

/**
 * A member is out. Others that have begun to leave and are out, too, have ended: a daemon ends by itself then, and may
 * have taken the preStop with it before that could be recorded.
 * @param members as the leader has them now
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
 * An administrator has taken a member out.
 * @param stays whether its ordinal stays: then it waits instead of joining again
 */
export function withEvicted(
  record: SetRecord,
  { id, members, at, stays }: { id: string; members: readonly string[]; at: string; stays: boolean },
): SetRecord {
  const tombstones = { ...record.tombstones, [id]: { at, finished: !stays } };
  return { ...withoutIntent(withMembers(record, members), id), tombstones };
}

/** A member that was evicted may join again. */
export function withReadmitted(
  record: SetRecord,
  id: string,
  tombstone: SetRecord["tombstones"][string],
): SetRecord {
  return { ...record, tombstones: { ...record.tombstones, [id]: { ...tombstone, finished: true } } };
}

// The ring's part of the record: who made it, of which cluster, who was in it at the last join; and what is struck out
// of the record when a member that had left is in the ring again.
import type { Record as RingRecord } from "../../../init/contract/record.ts";
import { withoutTraces } from "../../../init/engine/leave/back.ts";

/** Somebody begins to make the ring; a ring that is recorded already stays. */
export function withSeedBegun(record: RingRecord, me: string): RingRecord {
  if (record.ring !== undefined) return record;
  return { ...record, ring: { clusterID: null, seed: me, members: [] } };
}

/** A join is proven: the ring as the leader has it, and no trace of an earlier leave. */
export function withJoined(
  record: RingRecord,
  { me, members, clusterID }: { me: string; members: readonly string[]; clusterID: string },
): RingRecord {
  const ring = { seed: null, ...record.ring, clusterID, members: members.toSorted() };
  return { ...withoutTraces(record, me), ring };
}

/** A member that the ring has, written by itself without the lock: it adds nobody but itself, and takes nobody out. */
export function withMember(
  record: RingRecord,
  { me, members, clusterID }: { me: string; members: readonly string[]; clusterID: string },
): RingRecord {
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
 * A member is out. Whoever has begun to leave and is out, too, has ended: its daemon ends by itself then, and may have
 * taken the preStop with it before that could be recorded.
 * @param members as the leader has them now
 */
export function withMembers(record: RingRecord, members: readonly string[]): RingRecord {
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

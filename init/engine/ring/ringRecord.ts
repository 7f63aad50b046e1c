// The ring's part of the record: its seed, its cluster, its members at the last change, and tombstones. Pure.
import type { WorkloadRecord as SetRecord } from "../../contract/record.ts";
import { withoutIntent, withoutTraces } from "../record/departures.ts";

/** Records that a member begins to seed the ring, unless a ring is recorded already. */
export function withSeedBegun(record: SetRecord, me: string): SetRecord {
  if (record.ring !== undefined) return record;
  return { ...record, ring: { clusterID: null, seed: me, members: [] } };
}

/** Records a proven join: the ring as the leader lists it. The member's earlier departure is removed. */
export function withJoined(
  record: SetRecord,
  { me, members, clusterID }: { me: string; members: readonly string[]; clusterID: string },
): SetRecord {
  const ring = { seed: null, ...record.ring, clusterID, members: members.toSorted() };
  return { ...withoutTraces(record, me), ring };
}

/**
 * Records a member that the ring lists. The member writes this without the lock, so it adds only itself and removes no
 * other.
 */
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

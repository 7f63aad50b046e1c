// What the record and the marker say of a member that the ring has: brought up to date when it starts plain, and when its
// join is proven. Where only its own disk says that it is a member nothing is written: that proves nothing (I3).
import { isDeepStrictEqual } from "node:util";
import type { WorkloadRecord as SetRecord } from "../../contract/record.ts";
import type { Failure } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import type { MemberContext, ProvenJoin, StateIdentity } from "./member.ts";
import { type JoinKind, markMember } from "./memberMarker.ts";
import type { Observation } from "./observation.ts";
import { withJoined, withMember, withSeedBegun } from "./ringRecord.ts";

/**
 * The application's container is to start the member plain.
 * @param state null: the disk holds none that could be named
 * @returns how the marker says that it came into the ring, null where there is none; "again": it was evicted after it had
 * looked, so what it saw of the ring does not hold any more
 */
export async function confirmStart(
  context: MemberContext,
  { seen, by, state }: { seen: Observation; by: "ring" | "disk"; state: StateIdentity | null },
): Promise<{ marked: string | null } | { failure: Failure } | "again"> {
  const { world, me, marked } = context;
  const [entry] = marked;
  if (by === "disk" || seen.live.is !== "led" || state === null) {
    world.log(
      `${me} starts by its own disk's word: no leader can be found, and ring and record do not speak against it`,
    );
    return { marked: entry?.name ?? null };
  }
  const { clusterID, digest, words } = state;
  const { leader, term, members } = seen.live.ring;
  const ids = members.map(({ id }) => id);
  const how = howJoined(seen);
  const unrecorded = await recordMember(context, seen, { me, members: ids, clusterID });
  if (unrecorded !== null) return unrecorded;
  if (entry !== undefined && entry.digest === digest) return { marked: entry.name };
  const startedAt = world.now().toISOString();
  const evidence = `the ring of leader ${leader} (term ${term}: ${ids.toSorted().join(", ")}) has it; ${words}`;
  const failure = await markMember(context, { how, digest, startedAt, evidence });
  return failure === null ? { marked: how } : { failure };
}

/** @returns null: the record has it in the ring, without a trace of an earlier leave */
async function recordMember(
  { book, me }: MemberContext,
  seen: Observation,
  given: Parameters<typeof withMember>[1],
): Promise<{ failure: Failure } | "again" | null> {
  const isEvicted = ({ tombstones }: SetRecord): boolean =>
    seen.record.tombstone === null && tombstones[me] !== undefined;
  const withMe = (before: SetRecord): SetRecord => (isEvicted(before) ? before : withMember(before, given));
  const read = await book.read();
  if ("failure" in read) return read;
  const isSame = isDeepStrictEqual(withMe(read.record), read.record);
  const changed = isSame ? read : await book.change(null, withMe);
  if ("failure" in changed) return changed;
  return "record" in changed && isEvicted(changed.record) ? "again" : null;
}

/**
 * By the record as it was before this start: a ring that it does not know, or of which it knows no seed, was there
 * before Rollcall.
 */
function howJoined({ record: { ring }, me }: Observation): JoinKind {
  if (ring === undefined || ring.seed === null) return "adopted";
  if (ring.seed === me) return "seed";
  return ring.members.includes(me) ? "bootstrap" : "adopted";
}

/** Null where the record names this member as the seed of a ring that is not proven yet. */
export async function recordSeed(
  { book, me }: MemberContext,
  held: LeaseHandle,
): Promise<Failure | string | null> {
  const changed = await book.change(held.fence, (record) => withSeedBegun(record, me));
  if ("failure" in changed) return changed.failure;
  if ("fenced" in changed) return "the lock was lost";
  const { ring } = changed.record;
  return ring?.seed === me && ring.clusterID === null ? null : "another ring is recorded";
}

/** Records and marks a join that was proven. */
export async function confirmJoin(
  context: MemberContext,
  { ring, evidence, state, startedAt }: ProvenJoin,
  held: LeaseHandle,
): Promise<{ joined: JoinKind } | { again: string } | { failure: Failure }> {
  const { book, me } = context;
  const members = ring.members.map(({ id }) => id);
  const { clusterID, digest, words } = state;
  const changed = await book.change(held.fence, (record) => withJoined(record, { me, members, clusterID }));
  if ("failure" in changed) return changed;
  if ("fenced" in changed) return { again: "the lock was lost" };
  const how: JoinKind = changed.record.ring?.seed === me ? "seed" : "bootstrap";
  const marked = { how, digest, startedAt, evidence: `${evidence}; ${words}` };
  const failure = await markMember(context, marked);
  return failure === null ? { joined: how } : { failure };
}

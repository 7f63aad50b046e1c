// Updates record and marker of a member that the ring lists, when it starts and when its join is proven. If only its
// own disk says that it is a member nothing is written, because that is no proof (I3 in docs/architecture.md).
import { isDeepStrictEqual } from "node:util";
import type { WorkloadRecord as SetRecord } from "../../contract/record.ts";
import type { Failure } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import type { ObstacleFinding } from "./joinObstacle.ts";
import type { MemberContext, ProvenJoin, StateIdentity } from "./member.ts";
import { type JoinKind, markMember } from "./memberMarker.ts";
import type { Observation } from "./observation.ts";
import { withJoined, withMember, withRingObstacle, withSeedBegun } from "./ringRecord.ts";

/**
 * Confirms that the application's container may start the member.
 * @param state null: the disk holds no identifiable state
 * @returns how the member joined, from its marker, or null without one; "again": the member was evicted since the ring
 * was observed
 */
export async function confirmStart(
  context: MemberContext,
  {
    observation,
    by,
    state,
    finding,
  }: {
    observation: Observation;
    by: "ring" | "disk";
    state: StateIdentity | null;
    finding: ObstacleFinding;
  },
): Promise<{ marked: string | null } | { failure: Failure } | "again"> {
  const { world, me, marked } = context;
  const [entry] = marked;
  if (by === "disk" || observation.live.is !== "led" || state === null) {
    world.log(
      `${me} starts from its own disk: no leader can be found, and neither ring nor record contradicts the disk`,
    );
    return { marked: entry?.name ?? null };
  }
  const { clusterID, digest, words, logStart } = state;
  const { leader, term, members } = observation.live.ring;
  const ids = members.map(({ id }) => id);
  const how = inferJoinKind(observation);
  const writer = { pod: me, at: world.now().toISOString() };
  const unrecorded = await recordMember(context, observation, (record) =>
    withRingObstacle(withMember(record, { me, members: ids, clusterID, logStart }), finding, writer),
  );
  if (unrecorded !== null) return unrecorded;
  if (entry !== undefined && entry.digest === digest) return { marked: entry.name };
  const startedAt = world.now().toISOString();
  const evidence = `the ring of leader ${leader} (term ${term}: ${ids.toSorted().join(", ")}) lists it; ${words}`;
  const failure = await markMember(context, { how, digest, startedAt, evidence });
  return failure === null ? { marked: how } : { failure };
}

/** @returns null: the record lists the member, without an earlier departure */
async function recordMember(
  { records, me }: MemberContext,
  observation: Observation,
  withThis: (record: SetRecord) => SetRecord,
): Promise<{ failure: Failure } | "again" | null> {
  const isEvicted = ({ tombstones }: SetRecord): boolean =>
    observation.record.tombstone === null && tombstones[me] !== undefined;
  const withMe = (before: SetRecord): SetRecord => (isEvicted(before) ? before : withThis(before));
  const read = await records.read();
  if ("failure" in read) return read;
  const isSame = isDeepStrictEqual(withMe(read.record), read.record);
  const changed = isSame ? read : await records.change(null, withMe);
  if ("failure" in changed) return changed;
  return "record" in changed && isEvicted(changed.record) ? "again" : null;
}

/**
 * Uses the record as it was before this start. A ring that is not recorded, or has no recorded seed, existed before
 * Rollcall.
 */
function inferJoinKind({ record: { ring }, me }: Observation): JoinKind {
  if (ring === undefined || ring.seed === null) return "adopted";
  if (ring.seed === me) return "seed";
  return ring.members.includes(me) ? "bootstrap" : "adopted";
}

/** @returns null if the record names this member as the seed of a ring that is not proven yet */
export async function recordSeed(
  { records, me }: MemberContext,
  lease: LeaseHandle,
): Promise<Failure | string | null> {
  const changed = await records.change(lease.fence, (record) => withSeedBegun(record, me));
  if ("failure" in changed) return changed.failure;
  if ("fenced" in changed) return "the lock was lost";
  const { ring } = changed.record;
  return ring?.seed === me && ring.clusterID === null ? null : "another ring is recorded";
}

/** Records and marks a proven join. */
export async function confirmJoin(
  context: MemberContext,
  { ring, evidence, state, startedAt }: ProvenJoin,
  lease: LeaseHandle,
): Promise<{ joined: JoinKind } | { again: string } | { failure: Failure }> {
  const { records, me } = context;
  const members = ring.members.map(({ id }) => id);
  const { clusterID, digest, words, logStart } = state;
  const changed = await records.change(lease.fence, (record) =>
    withJoined(record, { me, members, clusterID, logStart }),
  );
  if ("failure" in changed) return changed;
  if ("fenced" in changed) return { again: "the lock was lost" };
  const how: JoinKind = changed.record.ring?.seed === me ? "seed" : "bootstrap";
  const marked = { how, digest, startedAt, evidence: `${evidence}; ${words}` };
  const failure = await markMember(context, marked);
  return failure === null ? { joined: how } : { failure };
}

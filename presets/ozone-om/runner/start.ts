// START: the application's container starts the member plain. Where the live ring says that it is a member, marker and
// record are brought up to that; where only its own disk does, nothing is written: that proves nothing (I3).
import { isDeepStrictEqual } from "node:util";
import type { Record as RingRecord } from "../../../init/contract/record.ts";
import type { Failure } from "../../../init/engine/failure.ts";
import type { Around } from "./around.ts";
import type { Seen } from "./decide/seen.ts";
import { type Joined, mark, memberDigest } from "./mark.ts";
import { standingOf } from "./read/disk.ts";
import { withMember } from "./ringRecord.ts";

/**
 * @returns how the marker says that it came into the ring, null where there is none; "again": it was evicted after it had
 * looked, so what it saw of the ring holds no more
 */
export async function start(
  around: Around,
  { seen, by }: { seen: Seen; by: "ring" | "disk" },
): Promise<{ marked: string | null } | { failure: Failure } | "again"> {
  const { world, me, marked } = around;
  const standing = standingOf(seen.disk);
  const [entry] = marked;
  if (by === "disk" || seen.live.is !== "led" || standing.is !== "whole") {
    world.log(
      `${me} starts by its own disk's word: no leader can be found, and ring and record do not speak against it`,
    );
    return { marked: entry?.name ?? null };
  }
  const { version } = standing;
  const { leader, term, members } = seen.live.ring;
  const ids = members.map(({ id }) => id);
  const given = { me, members: ids, clusterID: version.clusterID };
  const how = howOf(seen);
  const unrecorded = await record(around, seen, given);
  if (unrecorded !== null) return unrecorded;
  if (entry !== undefined && entry.digest === memberDigest(around, version)) return { marked: entry.name };
  const startedAt = world.now().toISOString();
  const evidence = `the ring of leader ${leader} (term ${term}: ${ids.toSorted().join(", ")}) has it; cluster ${version.clusterID}, omUuid ${version.omUuid}`;
  const failure = await mark(around, { how, version, startedAt, evidence });
  return failure === null ? { marked: how } : { failure };
}

/** @returns null: the record has it in the ring, without a trace of an earlier leave */
async function record(
  { book, me }: Around,
  seen: Seen,
  given: Parameters<typeof withMember>[1],
): Promise<{ failure: Failure } | "again" | null> {
  const isEvicted = ({ tombstones }: RingRecord): boolean =>
    seen.record.tombstone === null && tombstones[me] !== undefined;
  const withMe = (before: RingRecord): RingRecord => (isEvicted(before) ? before : withMember(before, given));
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
function howOf({ record: { ring }, me }: Seen): Joined {
  if (ring === undefined || ring.seed === null) return "adopted";
  if (ring.seed === me) return "seed";
  return ring.members.includes(me) ? "bootstrap" : "adopted";
}

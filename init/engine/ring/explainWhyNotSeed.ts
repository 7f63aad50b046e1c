// Whether this member may make a ring of one: the recorded seed may, and where nothing was ever recorded the lowest
// ordinal, as long as no other member can be there (I2). Unknown is no.
import type { JoinObservation } from "./observation.ts";
import type { LeaderlessRing } from "./view.ts";

/** Null where it may; else one clause that says why not. */
export function explainWhyNotSeed(seen: JoinObservation, live: LeaderlessRing): string | null {
  const { record, clusterID, notWanted, words } = seen;
  return (
    (record.ring === undefined ? whyNotFirst(seen) : whyNotRecorded(record.ring, seen)) ??
    whyNotAlone(seen.me, live) ??
    notWanted ??
    (clusterID === null ? `${words.authority.none} answers` : null)
  );
}

/** Nothing is recorded: the lowest ordinal makes the ring, unless anything tells of an earlier one. */
function whyNotFirst({ me, superset, record, isMarked, standing: { is } }: JoinObservation): string | null {
  if (superset[0] !== me) return `${superset[0]} is the one that makes a ring`;
  if (record.hasTraces) return "the record tells of members that have left, so there was a ring";
  if (isMarked) return "the marker says that this member was in a ring";
  return is === "empty" || is === "initialised" ? null : "there is state of an earlier ring";
}

/** A ring is recorded: its seed goes on until it is proven, and after that no ring is made ever again. */
function whyNotRecorded(
  ring: NonNullable<JoinObservation["record"]["ring"]>,
  { me, standing, joining }: JoinObservation,
): string | null {
  if (ring.clusterID !== null)
    return `the ring of cluster ${ring.clusterID} is recorded, and no other is made`;
  if (ring.seed !== me) return `${ring.seed ?? "another member"} has begun to make the ring`;
  if (standing.is === "empty" || standing.is === "initialised") return null;
  if (joining === null) return "there is state of an earlier ring";
  const isOnlyMine = standing.is !== "whole" || standing.peers.every((id) => id === me);
  return isOnlyMine ? null : "the disk knows of other members";
}

function whyNotAlone(me: string, { answering, unclear }: LeaderlessRing): string | null {
  const others = answering.filter((id) => id !== me);
  if (others.length > 0) return `${others.join(", ")} ${others.length === 1 ? "runs" : "run"} already`;
  return unclear.length > 0 ? `of ${unclear.join(", ")} nothing could be found out` : null;
}

// Whether this member may seed a new ring: the recorded seed may, or the lowest ordinal if no ring was ever recorded,
// provided that no other member can exist (I2 in docs/architecture.md). Unknown means no.
import type { JoinObservation } from "./observation.ts";
import type { LeaderlessRing } from "./view.ts";

/** @returns null if it may; otherwise one clause that says why not */
export function explainWhyNotSeed(observation: JoinObservation, live: LeaderlessRing): string | null {
  const { record, clusterID, whyUnwanted, words } = observation;
  return (
    (record.ring === undefined ? whyNotFirst(observation) : whyNotRecorded(record.ring, observation)) ??
    whyNotAlone(observation.me, live) ??
    whyUnwanted ??
    (clusterID === null ? `${words.authority.none} answers` : null)
  );
}

/** No ring is recorded: the lowest ordinal seeds it, unless there is evidence of an earlier ring. */
function whyNotFirst({
  me,
  possibleMembers,
  belowStart,
  record,
  isMarked,
  standing: { is },
}: JoinObservation): string | null {
  const lowest = possibleMembers.find((id) => !belowStart.includes(id));
  if (lowest !== me) return `${lowest} seeds the ring`;
  if (record.hasTraces) return "the record lists members that have left, so there was a ring";
  if (isMarked) return "the marker says that this member was in a ring";
  return is === "empty" || is === "initialised" ? null : "the volume holds state of an earlier ring";
}

/** A ring is recorded: its seed continues until it is proven. After that no ring is seeded again. */
function whyNotRecorded(
  ring: NonNullable<JoinObservation["record"]["ring"]>,
  { me, standing, joining }: JoinObservation,
): string | null {
  if (ring.clusterID !== null)
    return `the ring of cluster ${ring.clusterID} is recorded, and no second one is seeded`;
  if (ring.seed !== me) return `${ring.seed ?? "another member"} has begun to seed the ring`;
  if (standing.is === "empty" || standing.is === "initialised") return null;
  if (joining === null) return "the volume holds state of an earlier ring";
  const isOnlyMine = standing.is !== "whole" || standing.peers.every((id) => id === me);
  return isOnlyMine ? null : "the disk lists other members";
}

function whyNotAlone(me: string, { reachable, unverified }: LeaderlessRing): string | null {
  const others = reachable.filter((id) => id !== me);
  if (others.length > 0) return `${others.join(", ")} already ${others.length === 1 ? "runs" : "run"}`;
  return unverified.length > 0 ? `the state of ${unverified.join(", ")} is unknown` : null;
}

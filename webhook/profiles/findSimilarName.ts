// "Did you mean": the known name that is most similar to a misspelled one.
import leven from "leven";

/** Names that differ by more edits, or by more than half of their length, are not similar. */
const MAX_DISTANCE = 3;

/** Longer than any name of a field or of a profile. */
const MAX_LENGTH = 64;

/** @returns null: none is similar */
export function findSimilarName(known: readonly string[], name: string): string | null {
  if (name.length > MAX_LENGTH) return null;
  const [nearest] = known
    .map((each) => ({ each, distance: leven(each.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const limit = Math.min(MAX_DISTANCE, Math.ceil(name.length / 2));
  return nearest !== undefined && nearest.distance <= limit ? nearest.each : null;
}

// What may be told of a change beyond the answer to whoever asked for it. An Event is read by others, as our own words, and
// a review comes from a caller that need not be the API server. So a change is judged once more with the live StatefulSet
// in the place of the review's: of the review count the ordinals that it asks for, which are numbers, and nothing else.
import type { Change } from "./change.ts";
import { GUARD_CODES, type GuardDenial } from "./codes.ts";
import { resizedTo, type SetState } from "./setState.ts";

/** The change as the live StatefulSet shows it. */
export function changeFrom(change: Change, live: SetState): Change {
  switch (change.operation) {
    case "CREATE":
      return { operation: "CREATE", before: null, after: live };
    case "DELETE":
      return { ...change, before: live };
    case "UPDATE":
      return { operation: "UPDATE", before: live, after: resizedTo(live, change.after.ordinals) };
  }
}

/**
 * The words for an Event: those of the denial that the live StatefulSet gives, where it gives the same one; otherwise the
 * rule's own sentence, which is nobody's but ours.
 */
export function wordsOf(said: GuardDenial, confirmed: GuardDenial | null): GuardDenial {
  if (confirmed?.code === said.code && confirmed.rule === said.rule) return confirmed;
  const { says } = GUARD_CODES[said.rule] ?? { says: "A change was denied." };
  return {
    rule: said.rule,
    code: said.code,
    message: `${says} Who asked for it was told more: run the same command again, with --dry-run=server`,
  };
}

// What an Event may say about a change. Others read Events as Rollcall's own words, and a review may come from a caller
// that is not the API server. So the change is evaluated again with the live StatefulSet: only the requested ordinals,
// which are numbers, are taken from the review.
import type { SetChange } from "./change.ts";
import { GUARD_CODES, type GuardDenial } from "./codes.ts";
import { type SetState, withOrdinals } from "./setState.ts";

/** The same change of the live StatefulSet. */
export function rebaseChange(change: SetChange, live: SetState): SetChange {
  switch (change.operation) {
    case "CREATE":
      return { operation: "CREATE", before: null, after: live };
    case "DELETE":
      return { ...change, before: live };
    case "UPDATE":
      return { operation: "UPDATE", before: live, after: withOrdinals(live, change.after.ordinals) };
  }
}

/**
 * The text of an Event: the denial by the live StatefulSet if that is the same one, otherwise the rule's description,
 * which contains nothing of the request.
 */
export function selectEventDenial(said: GuardDenial, confirmed: GuardDenial | null): GuardDenial {
  if (confirmed?.code === said.code && confirmed.rule === said.rule) return confirmed;
  const { says } = GUARD_CODES[said.rule] ?? { says: "A change was denied." };
  return {
    rule: said.rule,
    code: said.code,
    message: `${says} The response to the request has the details; repeat it with --dry-run=server to see them.`,
  };
}

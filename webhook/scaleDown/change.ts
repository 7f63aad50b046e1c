// What a review asks for: a StatefulSet before and after. A Scale says less than the StatefulSet it belongs to, so
// that is read beside it, once.
import {
  faultWords,
  integer,
  nullish,
  object,
  optional,
  readShape,
  type TypeOf,
  text,
} from "../../init/contract/shape.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import type { SetReview } from "../kubernetes/statefulSetReview.ts";
import type { Known } from "./evidence.ts";
import { type SetState, scaledTo, stateOf, stateOfSet } from "./setState.ts";

export type Change =
  | { readonly operation: "CREATE"; readonly before: null; readonly after: SetState }
  | { readonly operation: "UPDATE"; readonly before: SetState; readonly after: SetState }
  | {
      readonly operation: "DELETE";
      readonly before: SetState;
      readonly after: null;
      /** with --cascade=orphan: its pods and claims stay */
      readonly orphans?: boolean;
    };

/** `nothing`: there is no such set, or it is not ours; `wrong`: it cannot be read, so nothing can be said for it */
export type ReadChange = { change: Change } | { nothing: true } | { wrong: string };

/** CREATE, UPDATE and DELETE of a StatefulSet itself. */
export function changeOfSet({ namespace, set, old, orphans = false }: SetReview): ReadChange {
  const [after, before] = [set, old].map((each) => (each === null ? null : stateOfSet(each, namespace)));
  if (after && "wrong" in after) return { wrong: `object: ${after.wrong}` };
  if (before && "wrong" in before) return { wrong: `oldObject: ${before.wrong}` };
  const read = changeBetween(before?.state ?? null, after?.state ?? null);
  if (!orphans || !("change" in read) || read.change.operation !== "DELETE") return read;
  return { change: { ...read.change, orphans } };
}

/** A change from two states of one set; none of them ours is nothing. */
export function changeBetween(before: SetState | null, after: SetState | null): ReadChange {
  if ((before?.profile ?? null) === null && (after?.profile ?? null) === null) return { nothing: true };
  if (before === null)
    return after === null ? { nothing: true } : { change: { operation: "CREATE", before, after } };
  if (after === null) return { change: { operation: "DELETE", before, after } };
  return { change: { operation: "UPDATE", before, after } };
}

/**
 * In a Scale a missing spec.replicas is 0, other than in a StatefulSet
 * (docs/research/kubernetes-policies.md#the-scale-subresource).
 */
const scale = object({
  metadata: optional(object({ name: optional(text()) })),
  spec: nullish(object({ replicas: nullish(integer(0, 2 ** 31 - 1)) })),
  /** the StatefulSet's selector as text: all that a Scale says of whose it is */
  status: nullish(object({ selector: nullish(text()) })),
});

/** As the webhook configuration asks: key=value, key in (values), key. */
const LABEL_IN_SELECTOR = new RegExp(`(^|,)${PROFILE_LABEL.replaceAll(".", "[.]")}(=| in |,|$)`);

const selectsLabel = ({ status }: TypeOf<typeof scale>): boolean =>
  LABEL_IN_SELECTOR.test(status?.selector ?? "");

/** The name of the StatefulSet whose Scale is changed, or why it cannot be told. */
export function scaledName(request: AdmissionRequest): { name: string } | { wrong: string } {
  const read = readShape(scale, request.object);
  const found = request.name || ("value" in read ? read.value.metadata?.name : undefined);
  return found ? { name: found } : { wrong: "the review names no StatefulSet" };
}

/**
 * UPDATE of statefulsets/scale.
 * @param live the StatefulSet as the API server gives it now; known null: there is none
 */
export function changeOfScale(request: AdmissionRequest, live: Known<unknown>): ReadChange {
  const after = readShape(scale, request.object);
  if ("fault" in after) return { wrong: `object: ${faultWords(after.fault)}` };
  const before = readShape(scale, request.oldObject);
  if ("fault" in before) return { wrong: `oldObject: ${faultWords(before.fault)}` };
  if ("unknown" in live) {
    // one whose selector does not say that it is ours may be anybody's: nobody else waits for us
    return selectsLabel(before.value)
      ? { wrong: `the StatefulSet could not be read: ${live.unknown}` }
      : { nothing: true };
  }
  if (live.known === null) return { nothing: true };
  const read = stateOf(live.known, request.namespace ?? "");
  if ("wrong" in read) return { wrong: `the StatefulSet: ${read.wrong}` };
  // the one that is read may be older or newer than the one that is replaced: the larger loses more
  const had = Math.max(before.value.spec?.replicas ?? 0, read.state.ordinals.replicas);
  return changeBetween(scaledTo(read.state, had), scaledTo(read.state, after.value.spec?.replicas ?? 0));
}

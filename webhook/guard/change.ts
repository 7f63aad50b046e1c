// What a review asks for: a StatefulSet before and after. A Scale says less than the StatefulSet it belongs to, so
// that is read beside it, once (DESIGN: the guard).
import * as z from "zod";
import type { AdmissionRequest } from "../admission/review.ts";
import { PROFILE_LABEL } from "../inject/names.ts";
import type { SetReview } from "../inject/setReview.ts";
import type { Known } from "./evidence.ts";
import { type SetState, scaledTo, stateOf } from "./state.ts";

export type Change =
  | { readonly operation: "CREATE"; readonly before: null; readonly after: SetState }
  | { readonly operation: "UPDATE"; readonly before: SetState; readonly after: SetState }
  | { readonly operation: "DELETE"; readonly before: SetState; readonly after: null };

/** `nothing`: there is no such set, or it is not ours; `wrong`: it cannot be read, so nothing can be said for it */
export type ReadChange = { change: Change } | { nothing: true } | { wrong: string };

/** CREATE, UPDATE and DELETE of a StatefulSet itself. */
export function changeOfSet({ namespace, set, old }: SetReview): ReadChange {
  const [after, before] = [set, old].map((each) => (each === null ? null : stateOf(each, namespace)));
  if (after && "wrong" in after) return { wrong: `object: ${after.wrong}` };
  if (before && "wrong" in before) return { wrong: `oldObject: ${before.wrong}` };
  return changeBetween(before?.state ?? null, after?.state ?? null);
}

/** A change from two states of one set; none of them ours is nothing. */
export function changeBetween(before: SetState | null, after: SetState | null): ReadChange {
  if ((before?.profile ?? null) === null && (after?.profile ?? null) === null) return { nothing: true };
  if (before === null)
    return after === null ? { nothing: true } : { change: { operation: "CREATE", before, after } };
  if (after === null) return { change: { operation: "DELETE", before, after } };
  return { change: { operation: "UPDATE", before, after } };
}

/** In a Scale a missing spec.replicas is 0, other than in a StatefulSet (facts/policy.md). */
const scale = z.looseObject({
  metadata: z.looseObject({ name: z.string().optional() }).optional(),
  spec: z
    .looseObject({
      replicas: z
        .number()
        .int()
        .min(0)
        .max(2 ** 31 - 1)
        .nullish(),
    })
    .nullish(),
  /** the StatefulSet's selector as text: all that a Scale says of whose it is */
  status: z.looseObject({ selector: z.string().nullish() }).nullish(),
});

/** As the webhook configuration asks: key=value, key in (values), key. */
const LABEL_IN_SELECTOR = new RegExp(`(^|,)${PROFILE_LABEL.replaceAll(".", "[.]")}(=| in |,|$)`);

const selectsLabel = ({ status }: z.infer<typeof scale>): boolean =>
  LABEL_IN_SELECTOR.test(status?.selector ?? "");

/** The name of the StatefulSet whose Scale is changed, or why it cannot be told. */
export function scaledName({ name, object }: AdmissionRequest): { name: string } | { wrong: string } {
  const read = scale.safeParse(object);
  const found = name || (read.success ? read.data.metadata?.name : undefined);
  return found ? { name: found } : { wrong: "the review names no StatefulSet" };
}

/**
 * UPDATE of statefulsets/scale.
 * @param live the StatefulSet as the API server gives it now; known null: there is none
 */
export function changeOfScale(request: AdmissionRequest, live: Known<unknown>): ReadChange {
  const after = scale.safeParse(request.object);
  if (!after.success) return { wrong: `object: ${firstOf(after.error)}` };
  const before = scale.safeParse(request.oldObject);
  if (!before.success) return { wrong: `oldObject: ${firstOf(before.error)}` };
  if ("unknown" in live) {
    // one whose selector does not say that it is ours may be anybody's: nobody else waits for us (DESIGN: the guard)
    return selectsLabel(before.data)
      ? { wrong: `the StatefulSet could not be read: ${live.unknown}` }
      : { nothing: true };
  }
  if (live.known === null) return { nothing: true };
  const read = stateOf(live.known, request.namespace ?? "");
  if ("wrong" in read) return { wrong: `the StatefulSet: ${read.wrong}` };
  // the one that is read may be older or newer than the one that is replaced: the larger loses more
  const had = Math.max(before.data.spec?.replicas ?? 0, read.state.ordinals.replicas);
  return changeBetween(scaledTo(read.state, had), scaledTo(read.state, after.data.spec?.replicas ?? 0));
}

function firstOf({ issues: [first] }: z.ZodError): string {
  return `${first?.path.join(".") || "it"}: ${first?.message ?? "wrong"}`;
}

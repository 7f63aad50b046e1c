// The change that a review requests: a StatefulSet before and after. A Scale has few of its fields, so the live
// StatefulSet is read as well, once.
import {
  formatShapeFault,
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
import type { KnownOrUnknown } from "./evidence.ts";
import { buildSetState, readSetState, type SetState, withReplicaCount } from "./setState.ts";

export type SetChange =
  | { readonly operation: "CREATE"; readonly before: null; readonly after: SetState }
  | { readonly operation: "UPDATE"; readonly before: SetState; readonly after: SetState }
  | {
      readonly operation: "DELETE";
      readonly before: SetState;
      readonly after: null;
      /** --cascade=orphan: its pods and claims stay */
      readonly orphans?: boolean;
    };

/** `nothing`: no such StatefulSet, or an unlabelled one; `wrong`: the request cannot be read */
export type ReadChange = { change: SetChange } | { nothing: true } | { wrong: string };

/** CREATE, UPDATE and DELETE of a StatefulSet itself. */
export function readSetChange({ namespace, set, old, orphans = false }: SetReview): ReadChange {
  const [after, before] = [set, old].map((each) => (each === null ? null : buildSetState(each, namespace)));
  if (after && "wrong" in after) return { wrong: `object: ${after.wrong}` };
  if (before && "wrong" in before) return { wrong: `oldObject: ${before.wrong}` };
  const read = buildChange(before?.state ?? null, after?.state ?? null);
  if (!orphans || !("change" in read) || read.change.operation !== "DELETE") return read;
  return { change: { ...read.change, orphans } };
}

/** The change from one state to another; nothing if neither has the label. */
export function buildChange(before: SetState | null, after: SetState | null): ReadChange {
  if ((before?.profile ?? null) === null && (after?.profile ?? null) === null) return { nothing: true };
  if (before === null)
    return after === null ? { nothing: true } : { change: { operation: "CREATE", before, after } };
  if (after === null) return { change: { operation: "DELETE", before, after } };
  return { change: { operation: "UPDATE", before, after } };
}

/**
 * A missing spec.replicas is 0 in a Scale, and 1 in a StatefulSet
 * (docs/research/kubernetes-policies.md#the-scale-subresource).
 */
const scale = object({
  metadata: optional(object({ name: optional(text()) })),
  spec: nullish(object({ replicas: nullish(integer(0, 2 ** 31 - 1)) })),
  /** the selector of the StatefulSet, as text */
  status: nullish(object({ selector: nullish(text()) })),
});

/** As in the webhook configuration: key=value, key in (values), key. */
const LABEL_IN_SELECTOR = new RegExp(`(^|,)${PROFILE_LABEL.replaceAll(".", "[.]")}(=| in |,|$)`);

const selectsLabel = ({ status }: TypeOf<typeof scale>): boolean =>
  LABEL_IN_SELECTOR.test(status?.selector ?? "");

/** The name of the StatefulSet whose Scale is changed, or why it is unknown. */
export function readScaleTarget(request: AdmissionRequest): { name: string } | { wrong: string } {
  const read = readShape(scale, request.object);
  const found = request.name || ("value" in read ? read.value.metadata?.name : undefined);
  return found ? { name: found } : { wrong: "the request names no StatefulSet" };
}

/**
 * UPDATE of statefulsets/scale.
 * @param live the StatefulSet as the API server has it; known null: there is none
 */
export function readScaleChange(request: AdmissionRequest, live: KnownOrUnknown<unknown>): ReadChange {
  const after = readShape(scale, request.object);
  if ("fault" in after) return { wrong: `object: ${formatShapeFault(after.fault)}` };
  const before = readShape(scale, request.oldObject);
  if ("fault" in before) return { wrong: `oldObject: ${formatShapeFault(before.fault)}` };
  if ("unknown" in live) {
    // without the label in its selector it may be any StatefulSet, and unlabelled ones must not depend on us
    return selectsLabel(before.value)
      ? { wrong: `cannot read the StatefulSet: ${live.unknown}` }
      : { nothing: true };
  }
  if (live.known === null) return { nothing: true };
  const read = readSetState(live.known, request.namespace ?? "");
  if ("wrong" in read) return { wrong: `the StatefulSet: ${read.wrong}` };
  // the live object may be older or newer than the one that is replaced, so the larger number of replicas counts
  const had = Math.max(before.value.spec?.replicas ?? 0, read.state.ordinals.replicas);
  return buildChange(
    withReplicaCount(read.state, had),
    withReplicaCount(read.state, after.value.spec?.replicas ?? 0),
  );
}

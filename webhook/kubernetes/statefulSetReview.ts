// A review of a StatefulSet, read once for both decisions on it: the validation at apply, and the guard.
import type { AdmissionRequest } from "../admission/review.ts";
import { type Denial, deny } from "../denials/codes.ts";
import { readAs, type StatefulSet, statefulSet } from "./objects.ts";

export interface SetReview {
  operation: AdmissionRequest["operation"];
  namespace: string;
  name: string;
  /** as it would be stored; null on DELETE */
  set: StatefulSet | null;
  /** as it is stored; null on CREATE */
  old: StatefulSet | null;
  /** a DELETE that keeps its pods and claims */
  orphans?: boolean;
}

/** The StatefulSet before and after a request, or why it cannot be read. */
export function readSetReview(request: AdmissionRequest): SetReview | Denial {
  const { operation, namespace = "" } = request;
  const set = operation === "DELETE" ? null : readSet(request.object);
  if (set !== null && "wrong" in set) return denyUnreadable("the StatefulSet", set.wrong);
  const old = operation === "CREATE" ? null : readSet(request.oldObject);
  if (old !== null && "wrong" in old) return denyUnreadable("the stored StatefulSet", old.wrong);
  // the name of a request is empty if the API server generates it, and if a collection is deleted
  const name = request.name || (set ?? old)?.object.metadata.name || "";
  const { orphans = false } = request;
  return { operation, namespace, name, set: set?.object ?? null, old: old?.object ?? null, orphans };
}

const readSet = (object: unknown) => readAs(statefulSet, object);

const denyUnreadable = (which: string, wrong: string): Denial =>
  deny("invalid-object", `${which} cannot be read: ${wrong}.`);

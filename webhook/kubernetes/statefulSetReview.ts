// A review of a StatefulSet, read once for all who decide on it: injection at apply, and the guard.
import type { AdmissionRequest } from "../admission/review.ts";
import { type Denial, deny } from "../denials/codes.ts";
import { readAs, type StatefulSet, statefulSet } from "./objects.ts";

export interface SetReview {
  operation: AdmissionRequest["operation"];
  namespace: string;
  name: string;
  /** as it would be stored; null where it is deleted */
  set: StatefulSet | null;
  /** as it is stored; null where it is created */
  old: StatefulSet | null;
  /** it is deleted, and its pods and claims stay */
  orphans?: boolean;
}

/** The StatefulSet before and after a request, or why it cannot be read. */
export function readSetReview(request: AdmissionRequest): SetReview | Denial {
  const { operation, namespace = "" } = request;
  const set = operation === "DELETE" ? null : readSet(request.object);
  if (set !== null && "wrong" in set) return unreadable("", set.wrong);
  const old = operation === "CREATE" ? null : readSet(request.oldObject);
  if (old !== null && "wrong" in old) return unreadable(" that is stored", old.wrong);
  // the name of a request is empty where the API server makes one, and where a collection is deleted
  const name = request.name || (set ?? old)?.object.metadata.name || "";
  const { orphans = false } = request;
  return { operation, namespace, name, set: set?.object ?? null, old: old?.object ?? null, orphans };
}

const readSet = (object: unknown) => readAs(statefulSet, object);

const unreadable = (which: string, wrong: string): Denial =>
  deny("invalid-object", `the StatefulSet${which} cannot be read: ${wrong}`);

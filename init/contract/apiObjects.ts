// The parts of Kubernetes objects that the webhook and the runner both read, each defined once. A reader picks the
// fields that it needs and declares which of them may be missing.
import { integer, list, mapOf, nullish, object, positive, type TypeOf, text } from "./shape.ts";

/** The API server keeps replicas and ordinals in 32 bits. */
const INT32 = 2 ** 31 - 1;

/** Fields of an ObjectMeta. */
export const META = {
  name: text(),
  generateName: text(),
  namespace: text(),
  uid: text(),
  /** incremented by each change of the spec */
  generation: integer(),
  resourceVersion: text(),
  /** RFC 3339, to the second */
  creationTimestamp: text(),
  deletionTimestamp: text(),
  labels: mapOf(text()),
  annotations: mapOf(text()),
  finalizers: list(text()),
} as const;

/** The fields of a StatefulSet's spec that determine its ordinals. */
export const ORDINAL_FIELDS = {
  replicas: nullish(integer(0, INT32)),
  ordinals: nullish(object({ start: nullish(integer(0, INT32)) })),
} as const;

export const leaseMetadata = object({
  resourceVersion: META.resourceVersion,
  annotations: nullish(META.annotations),
});

export const leaseSpec = object({
  /** null or "": no holder */
  holderIdentity: nullish(text()),
  leaseDurationSeconds: nullish(positive()),
  acquireTime: nullish(text()),
  renewTime: nullish(text()),
  leaseTransitions: nullish(integer(0)),
});

export const lease = object({ metadata: leaseMetadata, spec: nullish(leaseSpec) });

export type Lease = TypeOf<typeof lease>;

/** Used for a lock that was created by hand without leaseDurationSeconds. */
export const DEFAULT_LEASE_SECONDS = 30;

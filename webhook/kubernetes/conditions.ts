// The conditions in the status of Kubernetes objects.
import { integer, list, nullish, object, text } from "../../init/contract/shape.ts";

/** Why an object or a container is in its state: one word, and a sentence. */
export const STATE_REASON = { reason: text(), message: text() } as const;

/** Fields of a metav1.Condition. */
export const CONDITION = {
  type: text(),
  status: text(),
  ...STATE_REASON,
  observedGeneration: nullish(integer()),
  /** RFC 3339, to the second */
  lastTransitionTime: text(),
} as const;

/** A condition as built-in resources have it: most of its fields may be absent. */
const condition = object({
  type: CONDITION.type,
  status: CONDITION.status,
  reason: nullish(CONDITION.reason),
  message: nullish(CONDITION.message),
});

/** The status of an object that has conditions. */
export const conditionedStatus = nullish(object({ conditions: nullish(list(condition)) }));

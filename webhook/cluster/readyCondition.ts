// Computes the condition Ready in the status of an object; other conditions are kept.
import { anything, list, nullish, object, oneOf, readShape, type TypeOf } from "../../init/contract/shape.ts";
import { CONDITION } from "../kubernetes/conditions.ts";

/** The verdict on one version of an object. */
export interface ReadyVerdict {
  readonly uid: string;
  readonly generation: number;
  readonly isReady: boolean;
  /** one word in camel case, e.g. Accepted */
  readonly reason: string;
  /** cut after 32,768 characters */
  readonly message: string;
}

/** As in metav1.Condition. */
interface ReadyCondition {
  readonly type: "Ready";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339, to the second */
  readonly lastTransitionTime: string;
}

/** The fields of the status that change. */
export interface ReadyStatus {
  readonly observedGeneration: number;
  /** Ready, and all other conditions unchanged */
  readonly conditions: readonly unknown[];
}

/** The maximum length of a message in metav1.Condition. */
const LONGEST_MESSAGE = 32_768;

/**
 * The status that an object should have.
 * @param found the object, unparsed
 * @param now the time of a transition
 * @returns null if the status is right already
 */
export function computeReadyStatus(found: unknown, verdict: ReadyVerdict, now: Date): ReadyStatus | null {
  const { observedGeneration, ready: last, conditions } = readReadyStatus(found);
  const ready = toCondition(verdict, last, now);
  const isSame =
    last !== null &&
    observedGeneration === verdict.generation &&
    SETTLED.every((field) => last[field] === ready[field]);
  if (isSame) return null;
  return {
    observedGeneration: verdict.generation,
    conditions: [...conditions.filter((each) => !isReadyCondition(each)), ready],
  };
}

/** The part of an object's status that depends on verdicts. */
export interface StoredReadyStatus {
  /** null: none */
  readonly observedGeneration: number | null;
  /** null: there is no condition Ready, or one that was not written by Rollcall */
  readonly ready: TypeOf<typeof written> | null;
  /** all conditions, unparsed */
  readonly conditions: readonly unknown[];
}

/** @param found the object, unparsed */
export function readReadyStatus(found: unknown): StoredReadyStatus {
  const read = readShape(conditioned, found);
  const { observedGeneration, conditions } = ("value" in read ? read.value.status : null) ?? {};
  const all = conditions ?? [];
  const ready = readShape(written, all.find(isReadyCondition));
  return {
    observedGeneration: observedGeneration ?? null,
    ready: "value" in ready ? ready.value : null,
    conditions: all,
  };
}

/** A condition that is equal in these fields is not written again. */
const SETTLED = ["status", "reason", "message", "observedGeneration"] as const;

function toCondition(
  { isReady, reason, message, generation }: ReadyVerdict,
  last: { status: string; lastTransitionTime: string } | null,
  now: Date,
): ReadyCondition {
  const status = isReady ? "True" : "False";
  return {
    type: "Ready",
    status,
    reason,
    message: boundMessage(message),
    observedGeneration: generation,
    lastTransitionTime:
      last?.status === status ? last.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`,
  };
}

/** A cut through a surrogate pair would be stored as another character, and would differ at every comparison. */
const boundMessage = (message: string): string =>
  (message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`).toWellFormed();

const conditioned = object({
  status: nullish(
    object({ observedGeneration: CONDITION.observedGeneration, conditions: nullish(list(anything())) }),
  ),
});

const written = object({
  status: CONDITION.status,
  reason: CONDITION.reason,
  message: CONDITION.message,
  observedGeneration: CONDITION.observedGeneration,
  lastTransitionTime: CONDITION.lastTransitionTime,
});

const ofReady = object({ type: oneOf("Ready") });

const isReadyCondition = (value: unknown): boolean => "value" in readShape(ofReady, value);

// The condition Ready in the status of an object, beside the conditions of others.
import {
  anything,
  integer,
  list,
  nullish,
  object,
  oneOf,
  readShape,
  text,
} from "../../init/contract/shape.ts";

/** What is made of one version of an object. */
export interface ReadyVerdict {
  readonly uid: string;
  readonly generation: number;
  readonly isReady: boolean;
  /** one word in camel case, e.g. Accepted */
  readonly reason: string;
  /** longer than 32,768 characters it is cut */
  readonly message: string;
}

/** As metav1.Condition has it. */
interface ReadyCondition {
  readonly type: "Ready";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339, to the second */
  readonly lastTransitionTime: string;
}

/** Fields of a status; all others stay as they are. */
export interface ReadyStatus {
  readonly observedGeneration: number;
  /** Ready, and those of others, as they came */
  readonly conditions: readonly unknown[];
}

/** Characters of a message that metav1.Condition takes. */
const LONGEST_MESSAGE = 32_768;

/**
 * The status that an object should have.
 * @param found the object as it came
 * @param now dates a transition
 * @returns null where it has it already
 */
export function computeReadyStatus(found: unknown, verdict: ReadyVerdict, now: Date): ReadyStatus | null {
  const read = readShape(conditioned, found);
  const { observedGeneration, conditions } = ("value" in read ? read.value.status : null) ?? {};
  const all = conditions ?? [];
  const before = all.find(isReadyCondition);
  const known = readShape(written, before);
  const last = "value" in known ? known.value : null;
  const ready = toCondition(verdict, last, now);
  const isSame =
    last !== null &&
    observedGeneration === verdict.generation &&
    SETTLED.every((field) => last[field] === ready[field]);
  if (isSame) return null;
  return {
    observedGeneration: verdict.generation,
    conditions: [...all.filter((each) => !isReadyCondition(each)), ready],
  };
}

/** What makes a condition another one. */
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

/** Half a character at the cut would be stored as another one, and look like a change ever after. */
const boundMessage = (message: string): string =>
  (message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`).toWellFormed();

const conditioned = object({
  status: nullish(object({ observedGeneration: nullish(integer()), conditions: nullish(list(anything())) })),
});

const written = object({
  status: text(),
  reason: text(),
  message: text(),
  observedGeneration: nullish(integer()),
  lastTransitionTime: text(),
});

const ofReady = object({ type: oneOf("Ready") });

const isReadyCondition = (value: unknown): boolean => "value" in readShape(ofReady, value);

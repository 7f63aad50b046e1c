// Before an Event is emitted, the live object must confirm the outcome: without `clientCA` anyone may send a review, and users
// trust Events.
import { setTimeout as pause } from "node:timers/promises";
import type { KnownOrUnknown } from "../scaleDown/evidence.ts";
import type { ConfirmedOutcome, ReviewOutcome } from "../scaleDown/reviewOutcome.ts";
import { readSetState, type SetState } from "../scaleDown/setState.ts";

/** Timeout of one read from the API server. */
const READ_TIMEOUT_MS = 5_000;

/** An allowed change is stored by then, with the annotation that allowed it. */
const STORED_MS = 2_000;

/** Forged reviews must not cause many reads from the API server; outcomes beyond this number are dropped. */
const MOST_CONCURRENT = 20;

export interface ConfirmInput {
  /** known null: it does not exist */
  liveSet: (namespace: string, name: string, deadline: AbortSignal) => Promise<KnownOrUnknown<unknown>>;
  emit: (confirmed: ConfirmedOutcome) => void;
  /** called for an outcome beyond the limit */
  onDropped: () => void;
  /** milliseconds @default 2 s */
  storedMs?: number;
}

/** Resolves after the first read of the live object; never rejects. */
export type ConfirmOutcome = (outcome: Pick<ReviewOutcome, "is" | "set" | "confirm">) => Promise<void>;

export function openConfirm({
  liveSet,
  emit,
  onDropped,
  storedMs = STORED_MS,
}: ConfirmInput): ConfirmOutcome {
  let inProgress = 0;

  const tryConfirm = async (outcome: Pick<ReviewOutcome, "set" | "confirm">): Promise<boolean> => {
    const { namespace, name, uid } = outcome.set;
    const live = await liveSet(namespace, name, AbortSignal.timeout(READ_TIMEOUT_MS));
    const state = readLive(live, { namespace, name, uid });
    const confirmed = state === null ? null : outcome.confirm(state);
    if (confirmed !== null) emit(confirmed);
    return confirmed !== null;
  };
  const confirmLater = async (outcome: Pick<ReviewOutcome, "set" | "confirm">): Promise<void> => {
    await pause(storedMs, undefined, { ref: false });
    await tryConfirm(outcome);
    inProgress -= 1;
  };

  return async (outcome) => {
    if (inProgress >= MOST_CONCURRENT) return onDropped();
    inProgress += 1;
    const isConfirmed = await tryConfirm(outcome);
    // a denied change is not stored, so a later read cannot confirm it
    const isStored = outcome.is === "would-deny" || outcome.is === "overridden";
    if (isConfirmed || !isStored) inProgress -= 1;
    else void confirmLater(outcome);
  };
}

/** The live StatefulSet; null: it does not exist, is another one of that name, or is unknown. */
function readLive(
  live: KnownOrUnknown<unknown>,
  reviewed: { namespace: string; name: string; uid: string | null },
): SetState | null {
  if ("unknown" in live || live.known === null) return null;
  const read = readSetState(live.known, reviewed.namespace);
  if ("wrong" in read) return null;
  const { uid } = read.state.set.metadata;
  // null: a CREATE, whose review has no uid yet
  const isSame = uid !== undefined && (reviewed.uid === null || reviewed.uid === uid);
  return isSame && read.state.name === reviewed.name ? read.state : null;
}

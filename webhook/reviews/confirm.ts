// Before anything is told in an Event, the live object confirms it: callers are known to be the API server only where
// `clientCA` says so, and whoever reads an Event takes it for ours.
import { setTimeout as pause } from "node:timers/promises";
import type { KnownOrUnknown } from "../scaleDown/evidence.ts";
import type { ConfirmedOutcome, ReviewOutcome } from "../scaleDown/reviewScaleDown.ts";
import { readSetState, type SetState } from "../scaleDown/setState.ts";

/** For one question to the API server. */
const PATIENCE_MS = 5_000;

/** What was allowed is stored by then, with the annotation that allowed it. */
const STORED_MS = 2_000;

/** A flood of forged reviews must not become a flood of questions: what comes beyond is not told. */
const MOST_AT_ONCE = 20;

export interface ConfirmInput {
  /** known null: there is none */
  liveSet: (namespace: string, name: string, deadline: AbortSignal) => Promise<KnownOrUnknown<unknown>>;
  tell: (confirmed: ConfirmedOutcome) => void;
  /** there were too many at once */
  onDropped: () => void;
  /** milliseconds @default 2 s */
  storedMs?: number;
}

/** Resolves when the live object has been looked at once; never rejects. */
export type ConfirmOutcome = (outcome: Pick<ReviewOutcome, "is" | "set" | "confirm">) => Promise<void>;

export function openConfirm({
  liveSet,
  tell,
  onDropped,
  storedMs = STORED_MS,
}: ConfirmInput): ConfirmOutcome {
  let underWay = 0;

  const look = async (outcome: Pick<ReviewOutcome, "set" | "confirm">): Promise<boolean> => {
    const { namespace, name, uid } = outcome.set;
    const live = await liveSet(namespace, name, AbortSignal.timeout(PATIENCE_MS));
    const state = readLive(live, { namespace, name, uid });
    const confirmed = state === null ? null : outcome.confirm(state);
    if (confirmed !== null) tell(confirmed);
    return confirmed !== null;
  };
  const lookLater = async (outcome: Pick<ReviewOutcome, "set" | "confirm">): Promise<void> => {
    await pause(storedMs, undefined, { ref: false });
    await look(outcome);
    underWay -= 1;
  };

  return async (outcome) => {
    if (underWay >= MOST_AT_ONCE) return onDropped();
    underWay += 1;
    const isTold = await look(outcome);
    // what was denied is not stored, and will not confirm anything later
    const isStored = outcome.is === "would-deny" || outcome.is === "overridden";
    if (isTold || !isStored) underWay -= 1;
    else void lookLater(outcome);
  };
}

/** The live set; null: there is none, it is another one of that name, or that is not known. */
function readLive(
  live: KnownOrUnknown<unknown>,
  said: { namespace: string; name: string; uid: string | null },
): SetState | null {
  if ("unknown" in live || live.known === null) return null;
  const read = readSetState(live.known, said.namespace);
  if ("wrong" in read) return null;
  const { uid } = read.state.set.metadata;
  // null: it is created, and the review has no uid yet
  const isSame = uid !== undefined && (said.uid === null || said.uid === uid);
  return isSame && read.state.name === said.name ? read.state : null;
}

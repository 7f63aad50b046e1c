// Before anything is told in an Event, the live object confirms it: callers are known to be the API server only where
// `clientCA` says so, and whoever reads an Event takes it for ours.
import { setTimeout as pause } from "node:timers/promises";
import type { Known } from "../scaleDown/evidence.ts";
import type { Confirmed, Told } from "../scaleDown/reviewScaleDown.ts";
import { type SetState, stateOf } from "../scaleDown/setState.ts";

/** For one question to the API server. */
const PATIENCE_MS = 5_000;

/** What was allowed is stored by then, with the annotation that allowed it. */
const STORED_MS = 2_000;

/** A flood of forged reviews must not become a flood of questions: what comes beyond is not told. */
const MOST_AT_ONCE = 20;

export interface ConfirmInput {
  /** known null: there is none */
  liveSet: (namespace: string, name: string, deadline: AbortSignal) => Promise<Known<unknown>>;
  tell: (confirmed: Confirmed) => void;
  /** there were too many at once */
  onDropped: () => void;
  /** milliseconds @default 2 s */
  storedMs?: number;
}

/** Resolves when the live object has been looked at once; never rejects. */
export type Confirm = (told: Pick<Told, "is" | "set" | "confirm">) => Promise<void>;

export function openConfirm({ liveSet, tell, onDropped, storedMs = STORED_MS }: ConfirmInput): Confirm {
  let underWay = 0;

  const look = async (told: Pick<Told, "set" | "confirm">): Promise<boolean> => {
    const { namespace, name, uid } = told.set;
    const live = await liveSet(namespace, name, AbortSignal.timeout(PATIENCE_MS));
    const state = readLive(live, { namespace, name, uid });
    const confirmed = state === null ? null : told.confirm(state);
    if (confirmed !== null) tell(confirmed);
    return confirmed !== null;
  };
  const lookLater = async (told: Pick<Told, "set" | "confirm">): Promise<void> => {
    await pause(storedMs, undefined, { ref: false });
    await look(told);
    underWay -= 1;
  };

  return async (told) => {
    if (underWay >= MOST_AT_ONCE) return onDropped();
    underWay += 1;
    const isTold = await look(told);
    // what was denied is not stored, and will not confirm anything later
    const isStored = told.is === "would-deny" || told.is === "overridden";
    if (isTold || !isStored) underWay -= 1;
    else void lookLater(told);
  };
}

/** The live set; null: there is none, it is another one of that name, or that is not known. */
function readLive(
  live: Known<unknown>,
  said: { namespace: string; name: string; uid: string | null },
): SetState | null {
  if ("unknown" in live || live.known === null) return null;
  const read = stateOf(live.known, said.namespace);
  if ("wrong" in read) return null;
  const { uid } = read.state.set.metadata;
  // null: it is created, and the review has no uid yet
  const isSame = uid !== undefined && (said.uid === null || said.uid === uid);
  return isSame && read.state.name === said.name ? read.state : null;
}

// Taking a lock. A holder counts as gone when its lock has not changed for the lease duration, by the clock of the pod that
// waits (timing.ts): no pod's clock is compared with another's.
import type { Cell } from "../cells/cell.ts";
import type { World } from "../ports.ts";
import { MAX_TRIES, pauseBeforeRetry } from "../wait.ts";
import { holdLock, type LeaseHandle } from "./holdLock.ts";
import type { LockState } from "./state.ts";
import { computeLockTiming, WAIT_PERIOD_MS } from "./timing.ts";

export interface LockInput {
  cell: Cell<LockState>;
  world: World;
  /** the lease duration */
  seconds: number;
  /** the highest fencing number that the record has seen: the new one is above it, also where the lock was deleted since */
  lastFence: number;
  /** monotonic milliseconds */
  deadline: number;
  /** whether what people start in this pod may hold it at the same time: tools, preStops; else only an earlier start could */
  reentrantInPod?: boolean;
  /** asked while another holds it: whether the lock is still wanted */
  isStillWanted: () => Promise<boolean>;
}

export type AcquireResult =
  | { is: "held"; held: LeaseHandle }
  | { is: "not-wanted" }
  | { is: "deadline"; holder: string }
  | { is: "stopped" }
  | { is: "failed"; why: string };

/** What one pod remembers while it tries. */
interface AcquireAttempt {
  /** the version that another holder's lock has, and since when it was not seen to change */
  seen: { version: string; since: number } | null;
  /** what we tried to write last, in case its answer was lost */
  tried: { fence: number; at: number } | null;
  failures: number;
  /** the holder that the log has named already */
  told: string | null;
}

type AcquireStep = AcquireResult | "again";

interface ObservedLock {
  state: LockState;
  version: string;
}

export async function acquireLock(input: LockInput): Promise<AcquireResult> {
  const attempt: AcquireAttempt = { seen: null, tried: null, failures: 0, told: null };
  for (;;) {
    const turn = await takeTurn(input, attempt);
    if (turn !== "again") return turn;
  }
}

async function takeTurn(input: LockInput, attempt: AcquireAttempt): Promise<AcquireStep> {
  const { cell, world } = input;
  if (world.stop.aborted) return { is: "stopped" };
  const began = world.monotonic();
  const reading = await cell.read();
  if (reading.is === "failed") return afterFailure(input, attempt, reading);
  if (reading.is === "absent") return take(input, attempt, null, began);
  const found: ObservedLock = { state: reading.value, version: reading.version };
  const { tried } = attempt;
  const isOurs = found.state.holder === buildHolderId(world) && found.state.fence === tried?.fence;
  // our own write of a try whose answer was lost
  if (isOurs && tried !== null) return heldBy(input, { ...found.state, ...found, since: tried.at });
  if (isFree(found.state, input)) return take(input, attempt, found, began);
  return waitFor(input, attempt, found, began);
}

/** Waits for another holder, or takes its lock where it was not renewed for the lease duration. */
async function waitFor(
  input: LockInput,
  attempt: AcquireAttempt,
  found: ObservedLock,
  began: number,
): Promise<AcquireStep> {
  const { cell, world, deadline } = input;
  const { state, version } = found;
  // from when the answer arrives: the request may have been delayed for longer than the lease duration
  if (attempt.seen?.version !== version) attempt.seen = { version, since: world.monotonic() };
  const left = attempt.seen.since + computeLockTiming(state.seconds).leaseDuration - began;
  if (left <= 0) {
    world.log(`the lock ${cell.where} was not renewed for ${state.seconds} s: taking it over`);
    return take(input, attempt, found, began);
  }
  if (attempt.told !== state.holder) {
    world.log(`waiting for the lock ${cell.where}: it is held by ${state.holder}`);
    attempt.told = state.holder;
  }
  if (world.monotonic() >= deadline) return { is: "deadline", holder: `${state.holder}` };
  if (!(await input.isStillWanted())) return { is: "not-wanted" };
  await world.pause(Math.min(left + 1, WAIT_PERIOD_MS * (0.75 + world.random() / 2)));
  return "again";
}

async function take(
  input: LockInput,
  attempt: AcquireAttempt,
  found: ObservedLock | null,
  began: number,
): Promise<AcquireStep> {
  const { cell, world, seconds, lastFence } = input;
  const fence = Math.max(found?.state.fence ?? 0, lastFence) + 1;
  attempt.tried = { fence, at: began };
  const next: LockState = {
    ...found?.state,
    holder: buildHolderId(world),
    seconds,
    renewedAt: world.now().toISOString(),
    fence,
  };
  const swapped = await cell.compareAndSwap(next, found?.version ?? null);
  if (swapped.is === "written") return heldBy(input, { fence, version: swapped.version, since: began });
  const why = swapped.is === "failed" ? swapped.why : "others took it at every try";
  return afterFailure(input, attempt, { why, passing: swapped.is === "lost" || swapped.ends !== "refused" });
}

function heldBy(input: LockInput, given: { fence: number; version: string; since: number }): AcquireResult {
  const { cell, world, seconds } = input;
  const { fence, version, since } = given;
  return {
    is: "held",
    held: holdLock({ cell, world, seconds, me: buildHolderId(world), fence, version, since }),
  };
}

async function afterFailure(
  { world }: LockInput,
  attempt: AcquireAttempt,
  { why, passing }: { why: string; passing: boolean },
): Promise<AcquireStep> {
  attempt.failures += 1;
  if (!passing || attempt.failures >= MAX_TRIES) return { is: "failed", why };
  await pauseBeforeRetry(world, attempt.failures);
  return "again";
}

const buildHolderId = ({ podUid, runId }: World): string => `${podUid}/${runId}`;

/**
 * Without a holder; or one that this very start could not give back; or that of an earlier start of this container, since two
 * of it never live in one pod at once.
 */
function isFree({ holder }: LockState, { world, reentrantInPod = false }: LockInput): boolean {
  const { podUid } = world;
  if (holder === null || holder === buildHolderId(world)) return true;
  return !reentrantInPod && podUid !== "" && holder.startsWith(`${podUid}/`);
}

// Acquires a lock. A holder counts as dead when its lock has not changed for the lease duration, measured on the
// waiting pod's own clock (timing.ts), so clocks of different pods are never compared.
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
  /** the highest fencing token in the record; the new one is higher, even if the lock was deleted since */
  lastFence: number;
  /** monotonic milliseconds */
  deadline: number;
  /**
   * whether several processes of this pod may compete for the lock (tools, preStops); else a lock of this pod can only
   * be that of an earlier start
   */
  reentrantInPod?: boolean;
  /** called while another pod holds the lock: whether to go on waiting */
  isStillWanted: () => Promise<boolean>;
}

export type AcquireResult =
  | { is: "held"; lease: LeaseHandle }
  | { is: "not-wanted" }
  | { is: "deadline"; holder: string }
  | { is: "stopped" }
  | { is: "failed"; why: string };

/** The state of one attempt to acquire the lock. */
interface AcquireAttempt {
  /** the version of another holder's lock, and since when it has not changed */
  observed: { version: string; since: number } | null;
  /** the last write, in case its answer was lost */
  attempted: { fence: number; at: number } | null;
  failures: number;
  /** the holder that was logged last */
  loggedHolder: string | null;
}

type AcquireStep = AcquireResult | "again";

interface ObservedLock {
  state: LockState;
  version: string;
}

export async function acquireLock(input: LockInput): Promise<AcquireResult> {
  const attempt: AcquireAttempt = { observed: null, attempted: null, failures: 0, loggedHolder: null };
  for (;;) {
    const result = await tryAcquire(input, attempt);
    if (result !== "again") return result;
  }
}

async function tryAcquire(input: LockInput, attempt: AcquireAttempt): Promise<AcquireStep> {
  const { cell, world } = input;
  if (world.stop.aborted) return { is: "stopped" };
  const began = world.monotonic();
  const reading = await cell.read();
  if (reading.is === "failed") return retryOrFail(input, attempt, reading);
  if (reading.is === "absent") return tryTake(input, attempt, null, began);
  const found: ObservedLock = { state: reading.value, version: reading.version };
  const { attempted } = attempt;
  const isOurs = found.state.holder === buildHolderId(world) && found.state.fence === attempted?.fence;
  // our own write, whose answer was lost
  if (isOurs && attempted !== null)
    return toHeldResult(input, { ...found.state, ...found, since: attempted.at });
  if (isFree(found.state, input)) return tryTake(input, attempt, found, began);
  return waitForHolder(input, attempt, found, began);
}

/** Waits for another holder, or takes its lock over if it was not renewed for the lease duration. */
async function waitForHolder(
  input: LockInput,
  attempt: AcquireAttempt,
  found: ObservedLock,
  began: number,
): Promise<AcquireStep> {
  const { cell, world, deadline } = input;
  const { state, version } = found;
  // start timing when the answer arrives: the request may have been delayed for longer than the lease duration
  if (attempt.observed?.version !== version) attempt.observed = { version, since: world.monotonic() };
  const left = attempt.observed.since + computeLockTiming(state.seconds).leaseDuration - began;
  if (left <= 0) {
    world.log(`the lock ${cell.where} was not renewed for ${state.seconds} s: taking it over`);
    return tryTake(input, attempt, found, began);
  }
  if (attempt.loggedHolder !== state.holder) {
    world.log(`waiting for the lock ${cell.where}, held by ${state.holder}`);
    attempt.loggedHolder = state.holder;
  }
  if (world.monotonic() >= deadline) return { is: "deadline", holder: `${state.holder}` };
  if (!(await input.isStillWanted())) return { is: "not-wanted" };
  await world.pause(Math.min(left + 1, WAIT_PERIOD_MS * (0.75 + world.random() / 2)));
  return "again";
}

async function tryTake(
  input: LockInput,
  attempt: AcquireAttempt,
  found: ObservedLock | null,
  began: number,
): Promise<AcquireStep> {
  const { cell, world, seconds, lastFence } = input;
  const fence = Math.max(found?.state.fence ?? 0, lastFence) + 1;
  attempt.attempted = { fence, at: began };
  const next: LockState = {
    ...found?.state,
    holder: buildHolderId(world),
    seconds,
    renewedAt: world.now().toISOString(),
    fence,
  };
  const swapped = await cell.compareAndSwap(next, found?.version ?? null);
  if (swapped.is === "written") return toHeldResult(input, { fence, version: swapped.version, since: began });
  const why = swapped.is === "failed" ? swapped.why : "another pod took it at each attempt";
  return retryOrFail(input, attempt, {
    why,
    isTransient: swapped.is === "lost" || swapped.ends !== "refused",
  });
}

function toHeldResult(
  input: LockInput,
  lock: { fence: number; version: string; since: number },
): AcquireResult {
  const { cell, world, seconds } = input;
  const { fence, version, since } = lock;
  return {
    is: "held",
    lease: holdLock({ cell, world, seconds, me: buildHolderId(world), fence, version, since }),
  };
}

async function retryOrFail(
  { world }: LockInput,
  attempt: AcquireAttempt,
  { why, isTransient }: { why: string; isTransient: boolean },
): Promise<AcquireStep> {
  attempt.failures += 1;
  if (!isTransient || attempt.failures >= MAX_TRIES) return { is: "failed", why };
  await pauseBeforeRetry(world, attempt.failures);
  return "again";
}

const buildHolderId = ({ podUid, runId }: World): string => `${podUid}/${runId}`;

/**
 * The lock has no holder; or this start failed to release it; or it belongs to an earlier start of this container,
 * which has ended because a container runs only once at a time.
 */
function isFree({ holder }: LockState, { world, reentrantInPod = false }: LockInput): boolean {
  const { podUid } = world;
  if (holder === null || holder === buildHolderId(world)) return true;
  return !reentrantInPod && podUid !== "" && holder.startsWith(`${podUid}/`);
}

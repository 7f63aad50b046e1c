// Holding a lock: it is renewed, and given up early enough that what runs under it has ended before another pod may take
// the lock (timing.ts).
import type { Cell, CellReading } from "../cells/cell.ts";
import type { World } from "../ports.ts";
import { withTimeout } from "../wait.ts";
import type { LockState } from "./state.ts";
import { computeLockTiming } from "./timing.ts";

export interface LeaseHandle {
  readonly fence: number;
  /** aborted when the lock is not ours any more, or may soon not be */
  readonly lost: AbortSignal;
  /** gives it back; it is no fault where that fails, the lock then runs out */
  release(): Promise<void>;
}

export interface HoldInput {
  cell: Cell<LockState>;
  world: World;
  seconds: number;
  me: string;
  fence: number;
  version: string;
  /** monotonic milliseconds, from before the request that took it */
  since: number;
}

export function holdLock(input: HoldInput): LeaseHandle {
  const { world, seconds, me, fence, cell } = input;
  const over = new AbortController();
  const lost = new AbortController();
  let { version, since } = input;

  const state = (holder: string | null): LockState => ({
    holder,
    seconds,
    renewedAt: world.now().toISOString(),
    fence,
  });

  const { renewPeriod, callTimeout, retryPeriod, renewDeadline } = computeLockTiming(seconds);
  const inTime = <T>(asked: Promise<T>): Promise<T | null> => withTimeout(world, callTimeout, asked);

  type OwnReading = Extract<CellReading<LockState>, { is: "value" }>;
  const isOurs = (reading: CellReading<LockState>): reading is OwnReading =>
    reading.is === "value" && reading.value.holder === me && reading.value.fence === fence;

  /** resolves when a write has come through */
  let renewed = Promise.withResolvers<true>();
  /** Counts when it comes through, also where that is heard of later than it was waited for. */
  const write = async (): Promise<void> => {
    const began = world.monotonic();
    const before = version;
    const swapped = await cell.compareAndSwap(state(me), before);
    if (swapped.is !== "written") return;
    since = Math.max(since, began);
    // else what stands there now has been read since
    if (version === before) ({ version } = swapped);
    renewed.resolve(true);
  };

  /** true: renewed; false: somebody else's; null: could not be found out */
  const renew = async (): Promise<boolean | null> => {
    // this one or one of before that nothing had been heard of
    renewed = Promise.withResolvers<true>();
    if ((await inTime(Promise.race([renewed.promise, write()]))) === true) return true;
    // the version is another: our own renewal whose answer was lost, or somebody else's taking
    const reading = await inTime(cell.read());
    if (reading === null || reading.is === "failed") return null;
    if (!isOurs(reading)) return false;
    ({ version } = reading);
    return null;
  };

  const giveBack = async (): Promise<void> => {
    const swapped = await cell.compareAndSwap(state(null), version);
    if (swapped.is !== "lost") return;
    // a renewal that nothing had been heard of was written in between
    const reading = await cell.read();
    if (isOurs(reading)) await cell.compareAndSwap(state(null), reading.version);
  };

  const giveUp = (why: string): void => {
    if (lost.signal.aborted) return;
    world.log(`the lock ${cell.where} is lost: ${why}`);
    lost.abort();
  };

  const renewLoop = async (): Promise<void> => {
    let pause = since + renewPeriod - world.monotonic();
    while (!over.signal.aborted && !lost.signal.aborted) {
      await world.pause(Math.max(pause, 0), over.signal);
      if (over.signal.aborted) return;
      const renewed = await renew();
      if (renewed === false) giveUp("another pod has taken it");
      pause = renewed === true ? since + renewPeriod - world.monotonic() : retryPeriod;
    }
  };
  // beside the renewals, since one of them may hang for longer than there is time
  const watchDeadline = async (): Promise<void> => {
    while (!over.signal.aborted && !lost.signal.aborted) {
      const left = since + renewDeadline - world.monotonic();
      if (left <= 0) giveUp(`it could not be renewed for ${(renewDeadline / 1000).toFixed(0)} s`);
      else await world.pause(left, over.signal);
    }
  };
  const ended = Promise.all([renewLoop(), watchDeadline()]);

  return {
    fence,
    lost: lost.signal,
    release: async () => {
      over.abort();
      await ended;
      if (!lost.signal.aborted) await giveBack();
    },
  };
}

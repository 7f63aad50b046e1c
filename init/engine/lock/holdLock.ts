// Renews a lock while it is held, and gives it up early enough that work under it has ended before another pod may take
// it over (timing.ts).
import type { Cell, CellReading } from "../cells/cell.ts";
import type { World } from "../ports.ts";
import { withTimeout } from "../wait.ts";
import type { LockState } from "./state.ts";
import { computeLockTiming } from "./timing.ts";

export interface LeaseHandle {
  readonly fence: number;
  /** aborted when the lock is lost, or could not be renewed in time */
  readonly lost: AbortSignal;
  /** releases the lock; if that fails, the lock expires */
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
  const withCallTimeout = <T>(call: Promise<T>): Promise<T | null> => withTimeout(world, callTimeout, call);

  type OwnReading = Extract<CellReading<LockState>, { is: "value" }>;
  const isOurs = (reading: CellReading<LockState>): reading is OwnReading =>
    reading.is === "value" && reading.value.holder === me && reading.value.fence === fence;

  /** resolves when a write has succeeded */
  let renewed = Promise.withResolvers<true>();
  /** A write counts even if its answer arrives after the call timeout. */
  const writeRenewal = async (): Promise<void> => {
    const began = world.monotonic();
    const before = version;
    const swapped = await cell.compareAndSwap(state(me), before);
    if (swapped.is !== "written") return;
    since = Math.max(since, began);
    // otherwise a newer version has been read since
    if (version === before) ({ version } = swapped);
    renewed.resolve(true);
  };

  /** true: renewed; false: taken by another pod; null: unknown */
  const renew = async (): Promise<boolean | null> => {
    // this write, or an earlier one whose answer is late
    renewed = Promise.withResolvers<true>();
    if ((await withCallTimeout(Promise.race([renewed.promise, writeRenewal()]))) === true) return true;
    // the version has changed: by our own renewal whose answer was lost, or by another pod
    const reading = await withCallTimeout(cell.read());
    if (reading === null || reading.is === "failed") return null;
    if (!isOurs(reading)) return false;
    ({ version } = reading);
    return null;
  };

  const giveBack = async (): Promise<void> => {
    const swapped = await cell.compareAndSwap(state(null), version);
    if (swapped.is !== "lost") return;
    // a renewal whose answer was lost was written in between
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
  // runs beside the renewals, because one of them may hang past the deadline
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

// Holding a lock: it is renewed at a third of its time, and given up when two thirds have passed without a renewal, so
// that what runs under it has ended before another may begin.
import type { Cell } from "../cells/cell.ts";
import { inTime } from "../patience.ts";
import type { World } from "../ports.ts";
import type { LockState } from "./state.ts";

export interface Held {
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

export function hold(input: HoldInput): Held {
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

  const third = (seconds * 1000) / 3;
  // a call of which nothing is heard leaves time for two more; what it may still write is seen as our own
  const soon = <T>(asked: Promise<T>): Promise<T | null> => inTime(world, third / 4, asked);

  /** true: renewed; false: somebody else's; null: could not be found out */
  const renew = async (): Promise<boolean | null> => {
    const began = world.monotonic();
    const swapped = await soon(cell.swap(state(me), version));
    if (swapped?.is === "written") {
      ({ version } = swapped);
      since = began;
      return true;
    }
    // the version is another: our own renewal whose answer was lost, or somebody else's taking
    const reading = await soon(cell.read());
    if (reading === null || reading.is === "failed") return null;
    if (reading.is === "absent" || reading.value.holder !== me || reading.value.fence !== fence) return false;
    ({ version } = reading);
    return null;
  };

  const giveUp = (why: string): void => {
    if (lost.signal.aborted) return;
    world.log(`the lock ${cell.where} is lost: ${why}`);
    lost.abort();
  };

  const beat = async (): Promise<void> => {
    let pause = since + third - world.monotonic();
    while (!over.signal.aborted && !lost.signal.aborted) {
      await world.pause(Math.max(pause, 0), over.signal);
      if (over.signal.aborted) return;
      const renewed = await renew();
      if (renewed === false) giveUp("another pod has taken it");
      pause = renewed === true ? since + third - world.monotonic() : third / 5;
    }
  };
  // beside the renewals, since one of them may hang for longer than there is time
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted && !lost.signal.aborted) {
      const left = since + 2 * third - world.monotonic();
      if (left <= 0) giveUp(`it could not be renewed for ${((2 * third) / 1000).toFixed(0)} s`);
      else await world.pause(left, over.signal);
    }
  };
  const ended = Promise.all([beat(), watch()]);

  return {
    fence,
    lost: lost.signal,
    release: async () => {
      over.abort();
      await ended;
      if (!lost.signal.aborted) await cell.swap(state(null), version);
    },
  };
}

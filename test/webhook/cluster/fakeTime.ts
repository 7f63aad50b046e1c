// A clock for tests.
import { setImmediate as turn } from "node:timers/promises";
import type { LeaderClock } from "../../../webhook/cluster/leader.ts";

/** Time passes only by `pass`; several candidates can have clocks with different offsets. */
export class FakeTime {
  now = 0;
  readonly #waiting = new Set<{ until: number; done: () => void }>();

  clock(offset: number): LeaderClock {
    return {
      now: () => this.now + offset,
      wait: (milliseconds, signal) =>
        new Promise((resolve) => {
          const waiter = { until: this.now + milliseconds, done: resolve };
          const end = (): void => {
            this.#waiting.delete(waiter);
            resolve();
          };
          if (signal.aborted) resolve();
          else this.#waiting.add(waiter);
          signal.addEventListener("abort", end, { once: true });
        }),
    };
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (;;) {
      // answers arrive in the meantime
      for (let turns = 0; turns < 20; turns += 1) await turn();
      const [next] = [...this.#waiting].sort((a, b) => a.until - b.until);
      if (next === undefined || next.until > end) break;
      this.now = Math.max(this.now, next.until);
      this.#waiting.delete(next);
      next.done();
    }
    this.now = end;
  }
}

// Large work in slices: one review must not hold up the others, nor the health probe by which the kubelet decides
// whether this process lives.
import { setImmediate } from "node:timers/promises";

/** Milliseconds of work after which others get their turn. */
const SLICE_MS = 5;

let began = 0;

/** Tells that a stretch of work begins now. */
export function beginTimeSlice(): void {
  began = performance.now();
}

/**
 * To be awaited between the parts of a decision: lets others run where the work has taken long, and else goes on.
 * @returns undefined where nothing is to be waited for: most reviews are small, and a promise for each part costs more
 */
export function yieldIfSlow(): Promise<void> | undefined {
  return performance.now() - began < SLICE_MS ? undefined : takeTurns();
}

async function takeTurns(): Promise<void> {
  await setImmediate();
  began = performance.now();
}

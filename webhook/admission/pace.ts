// Cuts long decisions into slices: one review must not delay the others, nor the health probe, after whose failure the
// kubelet restarts this process.
import { setImmediate } from "node:timers/promises";

/** Milliseconds of work after which the event loop gets its turn. */
const SLICE_MS = 5;

let began = 0;

/** Marks the start of a slice of work. */
export function beginTimeSlice(): void {
  began = performance.now();
}

/**
 * Yields to the event loop if the slice is used up. Await it between the parts of a decision.
 * @returns undefined if the slice is not used up: most reviews are small, and a promise for each part would cost more
 */
export function yieldIfSlow(): Promise<void> | undefined {
  return performance.now() - began < SLICE_MS ? undefined : yieldToEventLoop();
}

async function yieldToEventLoop(): Promise<void> {
  await setImmediate();
  began = performance.now();
}

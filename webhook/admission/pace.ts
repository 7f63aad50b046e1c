// Large work in slices: one review must not hold up the others, nor the health probe by which the kubelet decides
// whether this process lives.
import { setImmediate } from "node:timers/promises";

/** Milliseconds of work after which others get their turn. */
const SLICE_MS = 5;

let began = 0;

/** Tells that a stretch of work begins now. */
export function beginSlice(): void {
  began = performance.now();
}

/** To be awaited between the parts of a decision: lets others run where the work has taken long, and else goes on. */
export async function breathe(): Promise<void> {
  if (performance.now() - began < SLICE_MS) return;
  await setImmediate();
  began = performance.now();
}

// Pauses before a failed call to the API server is retried. They grow to a few seconds: a lasting failure costs little,
// and a restart of the API server delays little. Jitter spreads the replicas.
import { setTimeout } from "node:timers/promises";
import { ApiRefusal } from "./call.ts";

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/**
 * Milliseconds to wait after a failure.
 * @param failures number of failures in a row, from 1
 * @param error the last failure; its Retry-After is obeyed, up to the longest pause
 * @param random at least 0, below 1
 */
export function computeBackoff(failures: number, error: unknown, random: number): number {
  const grown = FIRST_MS * 2 ** Math.min(failures - 1, 16) * (0.5 + random);
  const wanted = error instanceof ApiRefusal ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(grown, wanted), LONGEST_MS);
}

/** Resolves after this many milliseconds, or when the signal is aborted. */
export type WaitFunction = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const sleep: WaitFunction = (milliseconds, signal) =>
  setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);

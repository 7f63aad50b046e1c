// Pauses before calls to the API server are tried again: they grow, up to a few seconds, so that what the API server
// refuses for long costs little, and what it refuses during a restart is soon done. Jitter keeps replicas apart.
import { setTimeout } from "node:timers/promises";
import { ApiRefusal } from "./call.ts";

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/**
 * Milliseconds to wait after a failure.
 * @param failures how often it has failed in a row, from 1
 * @param error what it failed with: a Retry-After of the API server is waited for, within the longest pause
 * @param random at least 0, below 1
 */
export function computeBackoff(failures: number, error: unknown, random: number): number {
  const grown = FIRST_MS * 2 ** Math.min(failures - 1, 16) * (0.5 + random);
  const wanted = error instanceof ApiRefusal ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(grown, wanted), LONGEST_MS);
}

/** Resolves after so many milliseconds, or when it is aborted. */
export type WaitFunction = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const sleep: WaitFunction = (milliseconds, signal) =>
  setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);

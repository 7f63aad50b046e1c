// Waiting on the injected clock: `retry` repeats an attempt after a transient failure, `poll` waits for a state,
// `withTimeout` limits a promise. Pauses between retries grow and have jitter, so many pods do not retry at the same
// moment.
import type { World } from "./ports.ts";

type WaitClock = Pick<World, "pause" | "random" | "stop">;

/** Pauses that double from firstMs up to longestMs, each multiplied by a random factor between 0.5 and 1.5. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** For requests: MAX_TRIES attempts take about 45 s, which is longer than a server's restart. */
export const REQUEST_BACKOFF: Backoff = { firstMs: 100, longestMs: 5_000 };
export const MAX_TRIES = 14;

/**
 * Milliseconds before a retry.
 * @param tries number of attempts so far, from 1
 * @param random at least 0, below 1
 */
export const computeBackoffMs = ({ firstMs, longestMs }: Backoff, tries: number, random: number): number =>
  Math.min(firstMs * 2 ** (tries - 1), longestMs) * (0.5 + random);

/** Pauses before a request is retried. */
export const pauseBeforeRetry = (clock: WaitClock, tries: number): Promise<void> =>
  clock.pause(computeBackoffMs(REQUEST_BACKOFF, tries, clock.random()));

interface RetryOptions<T> {
  /** whether a retry may give another answer */
  isTransient: (answer: T) => boolean;
  /** checked before each pause: whether to give up @default whether the runner is stopping */
  isOver?: () => boolean;
  /** the number of attempts that determines the pause @default all so far */
  countTries?: (answer: T, tries: number) => number;
}

/** Repeats a request, at most MAX_TRIES times, until its answer is not transient. @returns the last answer */
export async function retry<T>(
  clock: WaitClock,
  send: () => Promise<T>,
  { isTransient, isOver = () => clock.stop.aborted, countTries = (_, tries) => tries }: RetryOptions<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const answer = await send();
    if (!isTransient(answer) || tries >= MAX_TRIES || isOver()) return answer;
    await pauseBeforeRetry(clock, countTries(answer, tries));
  }
}

/** Reads a state at an interval until `isEnough`. @returns the last state */
export async function poll<T>(
  { pause }: Pick<World, "pause">,
  read: () => Promise<T>,
  { everyMs, isEnough }: { everyMs: number; isEnough: (state: T) => boolean },
): Promise<T> {
  for (;;) {
    const state = await read();
    if (isEnough(state)) return state;
    await pause(everyMs);
  }
}

/** Resolves as `pending` does, or with null after so many milliseconds. A later answer is ignored. */
export async function withTimeout<T>(
  { pause }: Pick<World, "pause">,
  milliseconds: number,
  pending: Promise<T>,
): Promise<T | null> {
  const answered = new AbortController();
  const late = pause(milliseconds, answered.signal).then(() => null);
  try {
    return await Promise.race([pending, late]);
  } finally {
    answered.abort();
  }
}

/** Distinguishes an answer of null from a timeout. */
const wrapAnswer = <T>(answer: T): { answer: T } => ({ answer });

/**
 * A hedged request: sends a second one if the first has no answer after so many milliseconds, and returns the first
 * answer that is not a transient failure.
 * @param send its signal is aborted once a request is answered
 */
export async function hedge<T>(
  { pause }: Pick<World, "pause">,
  milliseconds: number,
  send: (over: AbortSignal) => Promise<T>,
  isTransient: (answer: T) => boolean,
): Promise<T> {
  const over = new AbortController();
  try {
    const first = send(over.signal);
    const early = await withTimeout({ pause }, milliseconds, first.then(wrapAnswer));
    if (early !== null) return early.answer;
    const second = send(over.signal);
    const { answer, other } = await Promise.race([
      first.then((answer) => ({ answer, other: second })),
      second.then((answer) => ({ answer, other: first })),
    ]);
    return await (isTransient(answer) ? other : answer);
  } finally {
    over.abort();
  }
}

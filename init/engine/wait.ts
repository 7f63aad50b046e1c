// Waiting on the injected clock: `retry` after a failure that may pass, `poll` for a state that is to come, `withTimeout` for
// an answer. Pauses between retries grow and have jitter, so that many pods do not come back at the same moment.
import type { World } from "./ports.ts";

type WaitClock = Pick<World, "pause" | "random" | "stop">;

/** Pauses of firstMs, twice as much and so on up to longestMs, each times something from a half to one and a half. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** For requests: with MAX_TRIES some 45 s in all, which is longer than a server's restart. */
export const REQUEST_BACKOFF: Backoff = { firstMs: 100, longestMs: 5_000 };
export const MAX_TRIES = 14;

/**
 * Milliseconds before a retry.
 * @param tries how often it was tried already, from 1
 * @param random at least 0, below 1
 */
export const computeBackoffMs = ({ firstMs, longestMs }: Backoff, tries: number, random: number): number =>
  Math.min(firstMs * 2 ** (tries - 1), longestMs) * (0.5 + random);

/** Pauses before a request is tried again. */
export const pauseBeforeRetry = (clock: WaitClock, tries: number): Promise<void> =>
  clock.pause(computeBackoffMs(REQUEST_BACKOFF, tries, clock.random()));

export interface RetryOptions<T> {
  /** whether another try may come to something else */
  isTransient: (answer: T) => boolean;
  /** @default MAX_TRIES */
  tries?: number;
  /** @default REQUEST_BACKOFF */
  backoff?: Backoff;
  /** asked before each pause: whether to stop trying; @default the runner was told to stop */
  isOver?: () => boolean;
  /** how many tries the pause is for, where not for all so far */
  countTries?: (answer: T, tries: number) => number;
  /** told before each pause */
  onRetry?: (answer: T, pauseMs: number, tries: number) => void;
  /** ends a pause; @default the runner's stop */
  until?: AbortSignal;
}

/** Tries until an answer is not transient. @returns the last answer */
export async function retry<T>(
  clock: WaitClock,
  attempt: (tries: number) => Promise<T>,
  { isTransient, tries: most = MAX_TRIES, backoff = REQUEST_BACKOFF, ...options }: RetryOptions<T>,
): Promise<T> {
  const { isOver = () => clock.stop.aborted, countTries = (_, tries) => tries } = options;
  for (let tries = 1; ; tries += 1) {
    const answer = await attempt(tries);
    if (!isTransient(answer) || tries >= most || isOver()) return answer;
    const pauseMs = computeBackoffMs(backoff, countTries(answer, tries), clock.random());
    options.onRetry?.(answer, pauseMs, tries);
    await clock.pause(pauseMs, options.until);
  }
}

/** Looks every so many milliseconds until it sees enough. @returns what was seen last */
export async function poll<T>(
  { pause }: Pick<World, "pause">,
  look: () => Promise<T>,
  { everyMs, isEnough }: { everyMs: number; isEnough: (seen: T) => boolean },
): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isEnough(seen)) return seen;
    await pause(everyMs);
  }
}

/** The answer, or null where it has not come within so many milliseconds; one that comes later is not heard. */
export async function withTimeout<T>(
  { pause }: Pick<World, "pause">,
  milliseconds: number,
  asked: Promise<T>,
): Promise<T | null> {
  const answered = new AbortController();
  const late = pause(milliseconds, answered.signal).then(() => null);
  try {
    return await Promise.race([asked, late]);
  } finally {
    answered.abort();
  }
}

/** So that an answer which is null is one. */
const wrapped = <T>(answer: T): { answer: T } => ({ answer });

/**
 * The first answer to a question that is asked a second time, beside the first, where none has come in so many
 * milliseconds; of two that are asked a transient failure is no answer while the other is awaited.
 * @param ask its signal is aborted when the other one has been answered
 */
export async function hedge<T>(
  { pause }: Pick<World, "pause">,
  milliseconds: number,
  ask: (over: AbortSignal) => Promise<T>,
  isTransient: (answer: T) => boolean,
): Promise<T> {
  const over = new AbortController();
  try {
    const first = ask(over.signal);
    const soon = await withTimeout({ pause }, milliseconds, first.then(wrapped));
    if (soon !== null) return soon.answer;
    const second = ask(over.signal);
    const { answer, other } = await Promise.race([
      first.then((said) => ({ answer: said, other: second })),
      second.then((said) => ({ answer: said, other: first })),
    ]);
    return await (isTransient(answer) ? other : answer);
  } finally {
    over.abort();
  }
}

// Trying again what may pass: a server that restarts, a lost answer, a conflict. Bounded, and with jitter, so that many
// pods do not come back at the same moment.
import type { World } from "./ports.ts";

type Clock = Pick<World, "pause" | "random" | "stop">;

/** Some 45 s in all with the pauses below: longer than a server's restart, shorter than anybody's patience. */
export const TRIES = 14;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** @param tries how often it was tried already, from 1 */
export async function pauseAfter(tries: number, clock: Clock): Promise<void> {
  const length = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
  await clock.pause(length * (0.5 + clock.random()));
}

/** The answer, or null where it has not come within so many milliseconds; it may still come then, and nobody hears it. */
export async function inTime<T>(
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
 * milliseconds; of two that are asked a passing failure is no answer while the other is awaited.
 * @param ask its signal is aborted when the other one has been answered
 */
export async function askedTwice<T>(
  { pause }: Pick<World, "pause">,
  milliseconds: number,
  ask: (over: AbortSignal) => Promise<T>,
  isPassing: (answer: T) => boolean,
): Promise<T> {
  const over = new AbortController();
  try {
    const first = ask(over.signal);
    const soon = await inTime({ pause }, milliseconds, first.then(wrapped));
    if (soon !== null) return soon.answer;
    const second = ask(over.signal);
    const { answer, other } = await Promise.race([
      first.then((said) => ({ answer: said, other: second })),
      second.then((said) => ({ answer: said, other: first })),
    ]);
    return await (isPassing(answer) ? other : answer);
  } finally {
    over.abort();
  }
}

/**
 * Asks until the answer is not a passing failure, at most TRIES times; a stop of the runner ends it, too.
 * @param isLate whether it is too late to ask once more, where that is sooner
 */
export async function patiently<T>(
  clock: Clock,
  ask: () => Promise<T>,
  isPassing: (answer: T) => boolean,
  isLate: () => boolean = () => false,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (!isPassing(answer) || tries >= TRIES || isLate() || clock.stop.aborted) return answer;
    await pauseAfter(tries, clock);
  }
}

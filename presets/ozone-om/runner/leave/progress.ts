// Whether a way out comes any nearer: it is given up for want of progress, not because it takes long.
import type { RingWorld } from "../../../../init/engine/ringPorts.ts";

/** Commands that changed nothing, before it is given up. */
export const TRIES = 4;

/** What one way out remembers. Times are monotonic milliseconds. */
export interface Progress {
  readonly began: number;
  /** leader and members as they were at the last look */
  state: string;
  /** since when that is so */
  since: number;
  /** commands since then */
  tries: number;
  /** what it was last said to wait for */
  told: string;
  /** how the last command ended, as the end of a sentence */
  last: string;
}

export function begin({ monotonic }: Pick<RingWorld, "monotonic">): Progress {
  const now = monotonic();
  return { began: now, state: "", since: now, tries: 0, told: "", last: "" };
}

/** Another leader or other members are progress. */
export function note(progress: Progress, state: string, { monotonic }: Pick<RingWorld, "monotonic">): void {
  if (state === "" || state === progress.state) return;
  Object.assign(progress, { state, since: monotonic(), tries: 0 });
}

export const secondsSince = (then: number, { monotonic }: Pick<RingWorld, "monotonic">): number =>
  Math.round((monotonic() - then) / 1000);

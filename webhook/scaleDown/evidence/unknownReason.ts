// Why evidence is unknown, from the error of reading it.
import type { UnknownReason } from "../evidence.ts";

/** An error for a state that a retry does not change. */
export class LastingError extends Error {
  /** sentences that say what to do */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export const toUnknownReason = (error: unknown): UnknownReason => ({
  unknown: error instanceof Error ? error.message : String(error),
  ...(error instanceof LastingError ? { remedy: error.remedy } : {}),
});

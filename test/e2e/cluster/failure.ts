// What may go wrong in a way that the reader can act on. Everything else that is thrown is a bug and keeps its stack.

/** A failure with one sentence that says what went wrong, where, and what to do. main prints it and exits 1. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

/** The caller's signal stopped the work; what was begun is still there for `down` to remove. */
export class InterruptedError extends Error {
  override readonly name = "Interrupted";
  constructor(what: string) {
    super(`interrupted: ${what}`);
  }
}

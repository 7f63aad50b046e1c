// What may go wrong in a way that the reader can act on. Everything else that is thrown is a bug and keeps its stack.

/** A failure with one sentence: what failed, where, and what to do. main prints it and exits 1. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

/** The caller's signal stopped the work; `down` removes the partial results. */
export class InterruptedError extends Error {
  override readonly name = "Interrupted";
  constructor(what: string) {
    super(`interrupted: ${what}`);
  }
}

// Failures that a user can solve. All other errors are bugs and keep their stack.

/** One sentence: what failed, where, and what to do. main prints it and exits with 1. */
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

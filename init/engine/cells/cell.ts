// A cell: a value outside of the pod with optimistic concurrency: a write succeeds only over the version that was read.
// Locks and the record are cells, stored in a Lease or an S3 object.

export type CellReading<T> =
  | { is: "value"; value: T; version: string }
  | { is: "absent" }
  /** isTransient: no answer, or one that a retry may change */
  | { is: "failed"; why: string; isTransient: boolean };

export type SwapResult =
  | { is: "written"; version: string }
  /** the stored version is another: another writer's, or our own after a lost answer */
  | { is: "lost" }
  /** unknown: it may have been written; busy: it was not, retry later; refused: a retry does not help */
  | { is: "failed"; why: string; ends: "unknown" | "busy" | "refused" };

export interface Cell<T> {
  /** for messages */
  readonly where: string;
  read(): Promise<CellReading<T>>;
  /** @param version the version that was read; null to create the value */
  compareAndSwap(value: T, version: string | null): Promise<SwapResult>;
}

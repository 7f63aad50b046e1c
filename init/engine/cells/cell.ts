// A cell: one value outside of the pod that only he replaces who has read its last version. Locks and the record are
// made of it, whether a Lease or an S3 object carries them.

export type CellReading<T> =
  | { is: "value"; value: T; version: string }
  | { is: "absent" }
  /** passing: no answer, or one that another try may change */
  | { is: "failed"; why: string; passing: boolean };

export type SwapResult =
  | { is: "written"; version: string }
  /** another version stands there: somebody else's, or our own of a try whose answer was lost */
  | { is: "lost" }
  /** unknown: it may stand there all the same; busy: not now; refused: never */
  | { is: "failed"; why: string; ends: "unknown" | "busy" | "refused" };

export interface Cell<T> {
  /** for messages */
  readonly where: string;
  read(): Promise<CellReading<T>>;
  /** @param version what was read, or null to create it */
  compareAndSwap(value: T, version: string | null): Promise<SwapResult>;
}

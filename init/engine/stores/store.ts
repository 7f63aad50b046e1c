// Where a pod's marker lives: what the engine needs of a volume or a bucket.
import type { Failure } from "../failure.ts";

/** What lies where the marker should be. */
export type StoredText = { is: "text"; text: string } | { is: "absent" } | { is: "unusable"; why: string };

export interface MarkerStore {
  /** for messages */
  readonly path: string;
  /** the failure of a store that cannot be read or written */
  unusable(why: string): Failure;
  read(): Promise<StoredText>;
  /** Makes what was read outlive a power cut, since the write before may have been cut off: null, or why not. */
  settle(): Promise<string | null>;
  /** Writes something for trial, and takes it away where that can be: null, or why no marker could be written. */
  whyNotWritable(): Promise<string | null>;
  /** null, or why it was not written; then the old marker is still there. */
  write(text: string): Promise<string | null>;
  /** Keeps what lies there under another name: nothing is ever deleted. */
  setAside(reason: string): Promise<{ kept: string } | { why: string }>;
}

// The store of a pod's marker: the port to a volume or a bucket.
import type { Failure } from "../failure.ts";

/** The result of reading a store. */
export type StoredText = { is: "text"; text: string } | { is: "absent" } | { is: "unusable"; why: string };

export interface MarkerStore {
  /** for messages */
  readonly path: string;
  /** the failure of a store that cannot be read or written */
  unusable(why: string): Failure;
  read(): Promise<StoredText>;
  /** Makes the marker that was read durable, because its write may have been interrupted. @returns null, or why not */
  settle(): Promise<string | null>;
  /** Writes trial data, and removes it if the store allows. @returns null, or why a marker could not be written */
  whyNotWritable(): Promise<string | null>;
  /** @returns null, or why it was not written; then the old marker is unchanged */
  write(text: string): Promise<string | null>;
  /** Renames the stored marker; nothing is ever deleted. */
  setAside(reason: string): Promise<{ kept: string } | { why: string }>;
}

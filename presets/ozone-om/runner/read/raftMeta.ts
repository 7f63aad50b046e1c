// `current/raft-meta`: a member's current term and its vote (docs/research/ozone.md#files-on-the-volume).
import { LARGEST_FILE, readProperties } from "./properties.ts";

export interface RaftMeta {
  readonly term: number;
  /** "" without a vote in this term */
  readonly votedFor: string;
}

/** Parses raft-meta; null if it is corrupt or longer than any of Ozone, so that the member's vote is lost. */
export function readRaftMeta(text: string): RaftMeta | null {
  if (text.length > LARGEST_FILE) return null;
  const found = readProperties(text);
  const term = found.get("term");
  if (term === undefined || !/^\d{1,15}$/.test(term)) return null;
  return { term: Number(term), votedFor: found.get("votedFor") ?? "" };
}

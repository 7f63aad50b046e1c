// `current/raft-meta`: the term that a member has seen and whom it has voted for in it
// (docs/research/ozone.md#files-on-the-volume).
import { readProperties } from "./properties.ts";

export interface RaftMeta {
  readonly term: number;
  /** "" where it has voted for nobody in this term */
  readonly votedFor: string;
}

/** Reads the text of raft-meta; null where it is torn: what the member has voted is then forgotten. */
export function readRaftMeta(text: string): RaftMeta | null {
  const found = readProperties(text);
  const term = found.get("term");
  if (term === undefined || !/^\d{1,15}$/.test(term)) return null;
  return { term: Number(term), votedFor: found.get("votedFor") ?? "" };
}

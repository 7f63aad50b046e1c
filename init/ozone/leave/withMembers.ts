// The record of a ring that somebody has left.
import type { Record as SetRecord } from "../../contract/record.ts";

/** @param members as the leader has them now */
export function withMembers(record: SetRecord, members: readonly string[]): SetRecord {
  return record.ring === undefined ? record : { ...record, ring: { ...record.ring, members } };
}

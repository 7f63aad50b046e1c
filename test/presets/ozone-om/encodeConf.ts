// Encodes raft-meta.conf as Ratis writes it, with the same fields as the recorded files.
import type { RaftConf } from "../../../presets/ozone-om/runner/read/raftConf.ts";

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];

const bytes = (field: number, content: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];

/** Omits a field that is 0, as protobuf does. */
const number = (field: number, value: number): number[] =>
  value === 0 ? [] : [...varint(field * 8), ...varint(value)];

const text = (field: number, value: string): number[] => bytes(field, [...Buffer.from(value)]);

const peer = (list: number, id: string): number[] =>
  bytes(list, [...text(1, id), ...text(2, `${id}.example:9872`), ...number(7, 2)]);

/** The bytes of a configuration. */
export function encodeConf({ term, index, peers, oldPeers }: RaftConf): Uint8Array {
  const lists = [...peers.map((id) => peer(1, id)), ...oldPeers.map((id) => peer(2, id))].flat();
  return Uint8Array.from([...number(1, term), ...number(2, index), ...bytes(4, lists)]);
}

// `current/raft-meta.conf`: the last configuration of the ring that was applied on this member, as one protobuf message
// without a length before it (docs/research/ozone.md#proof-of-membership): LogEntryProto{1: term, 2: index, 4:
// RaftConfigurationProto}, that one {1: peers, 2: oldPeers, 3: listeners, 4: oldListeners}, a peer {1: id}. Other
// fields are skipped.

import { MOST_MEMBERS } from "../../../../init/contract/ring/bean.ts";
import { LARGEST_FILE } from "./properties.ts";

export interface RaftConf {
  readonly term: number;
  readonly index: number;
  /** ids of the voting members */
  readonly peers: readonly string[];
  /** not empty: a joint configuration, during a change */
  readonly oldPeers: readonly string[];
}

/** Parses raft-meta.conf. @returns the configuration, or one clause that says why it is invalid */
export function readRaftConf(bytes: Uint8Array): RaftConf | { readonly broken: string } {
  if (bytes.length > LARGEST_FILE) return { broken: "it is larger than 128 KiB" };
  try {
    return readConfiguration(parseFields(bytes));
  } catch (error) {
    if (error instanceof CorruptMessage) return { broken: error.message };
    throw error;
  }
}

class CorruptMessage extends Error {}

function readConfiguration(entry: readonly ProtoField[]): RaftConf | { readonly broken: string } {
  const configuration = entry.find(({ number }) => number === 4);
  if (configuration === undefined) return { broken: "it holds no configuration" };
  const lists = parseFields(readFieldBytes(configuration));
  const peers = readPeerIds(lists, 1);
  if (peers.length === 0) return { broken: "its configuration lists no members" };
  if (peers.length > MOST_MEMBERS)
    return { broken: `its configuration lists more than ${MOST_MEMBERS} members` };
  return { term: readNumber(entry, 1), index: readNumber(entry, 2), peers, oldPeers: readPeerIds(lists, 2) };
}

const readPeerIds = (lists: readonly ProtoField[], list: number): string[] =>
  lists.filter(({ number }) => number === list).map((peer) => readPeerId(parseFields(readFieldBytes(peer))));

function readPeerId(peer: readonly ProtoField[]): string {
  const id = peer.find(({ number }) => number === 1);
  if (id === undefined) throw new CorruptMessage("one of its members has no id");
  return new TextDecoder().decode(readFieldBytes(id));
}

/** protobuf omits fields with the value 0. */
function readNumber(fields: readonly ProtoField[], wanted: number): number {
  const value = fields.find(({ number }) => number === wanted)?.value ?? 0;
  if (typeof value !== "number") throw new CorruptMessage(`its field ${wanted} is not a number`);
  return value;
}

interface ProtoField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

function readFieldBytes({ number, value }: ProtoField): Uint8Array {
  if (typeof value === "number") throw new CorruptMessage(`its field ${number} is a number`);
  return value;
}

/** The fields of one message; wire types 0 (varint), 1 and 5 (fixed), 2 (bytes). */
function parseFields(message: Uint8Array): ProtoField[] {
  const fields: ProtoField[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new CorruptMessage("it is truncated");
    at += length;
    return message.subarray(at - length, at);
  };
  const varint = (): number => {
    let value = 0;
    // a number above 2^53 would not be exact; no term or index reaches it
    for (let shift = 0; shift < 49; shift += 7) {
      const [byte = 0] = take(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new CorruptMessage("it holds a number that is too large");
  };
  const readPayload = (wire: number): ProtoField["value"] => {
    if (wire === 0) return varint();
    if (wire === 2) return take(varint());
    if (wire === 1 || wire === 5) return take(wire === 1 ? 8 : 4);
    throw new CorruptMessage(`it holds a field of wire type ${wire}`);
  };
  while (at < message.length) {
    const key = varint();
    fields.push({ number: Math.floor(key / 8), value: readPayload(key % 8) });
  }
  return fields;
}

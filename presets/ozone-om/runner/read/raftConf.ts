// `current/raft-meta.conf`: the last configuration of the ring that was applied on this member, as one protobuf message
// without a length before it (docs/research/ozone.md#proof-of-membership): LogEntryProto{1: term, 2: index, 4:
// RaftConfigurationProto}, that one {1: peers, 2: oldPeers, 3: listeners, 4: oldListeners}, a peer {1: id}. What else
// is in it is skipped.

import { MOST_MEMBERS } from "../../../../init/contract/ring/bean.ts";

export interface RaftConf {
  readonly term: number;
  readonly index: number;
  /** ids of the voting members */
  readonly peers: readonly string[];
  /** not empty: a joint configuration, in the middle of a change */
  readonly oldPeers: readonly string[];
}

/** Reads the bytes of raft-meta.conf, or says in one clause why they are none. */
export function readRaftConf(bytes: Uint8Array): RaftConf | { readonly broken: string } {
  try {
    return confOf(fieldsOf(bytes));
  } catch (error) {
    if (error instanceof Torn) return { broken: error.message };
    throw error;
  }
}

class Torn extends Error {}

function confOf(entry: readonly Field[]): RaftConf | { readonly broken: string } {
  const configuration = entry.find(({ number }) => number === 4);
  if (configuration === undefined) return { broken: "it holds no configuration" };
  const lists = fieldsOf(bytesOf(configuration));
  const peers = idsOf(lists, 1);
  if (peers.length === 0) return { broken: "its configuration lists nobody" };
  if (peers.length > MOST_MEMBERS)
    return { broken: `its configuration lists more than ${MOST_MEMBERS} members` };
  return { term: numberOf(entry, 1), index: numberOf(entry, 2), peers, oldPeers: idsOf(lists, 2) };
}

const idsOf = (lists: readonly Field[], list: number): string[] =>
  lists.filter(({ number }) => number === list).map((peer) => idOf(fieldsOf(bytesOf(peer))));

function idOf(peer: readonly Field[]): string {
  const id = peer.find(({ number }) => number === 1);
  if (id === undefined) throw new Torn("one of its members has no id");
  return new TextDecoder().decode(bytesOf(id));
}

/** A number that is 0 is not written. */
function numberOf(fields: readonly Field[], wanted: number): number {
  const value = fields.find(({ number }) => number === wanted)?.value ?? 0;
  if (typeof value !== "number") throw new Torn(`its field ${wanted} is not a number`);
  return value;
}

interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

function bytesOf({ number, value }: Field): Uint8Array {
  if (typeof value === "number") throw new Torn(`its field ${number} is a number`);
  return value;
}

/** The fields of one message; wire types 0 (varint), 1 and 5 (fixed), 2 (bytes). */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new Torn("it is cut off");
    at += length;
    return message.subarray(at - length, at);
  };
  const varint = (): number => {
    let value = 0;
    // beyond 2^53 a number of ours would not be exact: no term or index comes near it
    for (let shift = 0; shift < 49; shift += 7) {
      const [byte = 0] = take(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Torn("it holds a number that is too large");
  };
  const payloadOf = (wire: number): Field["value"] => {
    if (wire === 0) return varint();
    if (wire === 2) return take(varint());
    if (wire === 1 || wire === 5) return take(wire === 1 ? 8 : 4);
    throw new Torn(`it holds something of wire type ${wire}`);
  };
  while (at < message.length) {
    const key = varint();
    fields.push({ number: Math.floor(key / 8), value: payloadOf(key % 8) });
  }
  return fields;
}

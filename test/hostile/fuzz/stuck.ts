// Connections that never send a complete request.
import { type Attempt, formatHead, JSON_TYPE } from "./attempt.ts";
import { expectStatusOrClose } from "./expected.ts";

/** Each with the server's time limit in milliseconds: 10 s for handshake and head, 15 s for the whole request. */
export const STUCK: readonly (Attempt & { readonly limitMs: number })[] = [
  { bytes: null, isPlain: true, limitMs: 14_000, what: "without a handshake" },
  { bytes: "\u0016\u0003\u0001", isPlain: true, limitMs: 14_000, what: "in the middle of a handshake" },
  { bytes: null, isPlain: false, limitMs: 14_000, what: "without a head" },
  {
    bytes: "POST /mutate HTTP/1.1\r\nhost: x\r\n",
    isPlain: false,
    limitMs: 14_000,
    what: "in the middle of a head",
  },
  {
    bytes: `${formatHead("/mutate", [JSON_TYPE, "content-length: 100"])}{`,
    isPlain: false,
    limitMs: 19_000,
    what: "in the middle of a body",
  },
  {
    bytes: `${formatHead("/validate", [JSON_TYPE, "transfer-encoding: chunked"])}5\r\n{`,
    isPlain: false,
    limitMs: 19_000,
    what: "in the middle of a chunk",
  },
].map(({ bytes, isPlain, limitMs, what }) => ({
  what: `a connection that is left open ${what}`,
  limitMs,
  sending: {
    parts: bytes === null ? [] : [{ bytes: Buffer.from(bytes, "latin1") }],
    methods: ["POST"],
    end: "silent",
    isPlain,
  },
  judge: expectStatusOrClose(400, 408),
}));

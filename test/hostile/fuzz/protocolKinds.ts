// Requests that are invalid HTTP, or no requests at all.
import fc, { type Arbitrary } from "fast-check";
import { type Attempt, formatHead, JSON_TYPE } from "./attempt.ts";
import { expectOneStatus, expectStatusOrClose, readReviewUid, reviewAnswers } from "./expected.ts";
import { unchanged } from "./reviews.ts";

const REVIEW_PATHS = ["/mutate", "/validate"];
const PROBES = ["/healthz", "/readyz", "/metrics"];
const NO_PATHS = [
  ..."/ /nothing /mutate/ //mutate /MUTATE /mutate%00 /mutate;x /__proto__ /constructor /toString /..%2f..%2fetc".split(
    " ",
  ),
  ...["/%ff", "/%", `/${"a".repeat(4_000)}`, "http://x/nothing", "*"],
];
const QUERIES = [
  "",
  "?timeout=5s",
  "?timeout=0s",
  "?timeout=1e9s",
  "?timeout=-1s",
  "?timeout=x",
  "?%ff",
  `?${"a=b&".repeat(500)}`,
];

const wrongMethods: Arbitrary<Attempt> = fc
  .record({
    method: fc.constantFrom(..."GET PUT DELETE PATCH OPTIONS HEAD TRACE PROPFIND SEARCH M-SEARCH".split(" ")),
    path: fc.constantFrom(...REVIEW_PATHS),
    query: fc.constantFrom(...QUERIES),
  })
  .map(({ method, path, query }) => ({
    what: `${method} ${path}${query.slice(0, 40)}`,
    sending: { parts: [{ bytes: formatHead(path + query, [JSON_TYPE], method) }], methods: [method] },
    judge: expectOneStatus(405),
  }));

const wrongTypes: Arbitrary<Attempt> = fc
  .record({
    type: fc.constantFrom(
      ...[
        "text/plain",
        "application/yaml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
      ],
      ...[
        "",
        ";",
        "application/json5",
        "application/jsonx",
        "application/vnd.kubernetes.protobuf",
        "*/*",
        "\u00e9",
      ],
    ),
    review: unchanged,
  })
  .map(({ type, review }) => ({
    what: `content-type ${JSON.stringify(type)}: ${review.what}`,
    sending: {
      parts: [
        {
          bytes:
            formatHead(review.path, [
              `content-type: ${type}`,
              `content-length: ${Buffer.byteLength(review.text)}`,
            ]) + review.text,
        },
      ],
      methods: ["POST"],
    },
    judge: expectOneStatus(415),
  }));

const rightTypes: Arbitrary<Attempt> = fc
  .record({
    type: fc.constantFrom(
      "application/json; charset=utf-8",
      "Application/JSON",
      "application/json ;x",
      "application/json;;",
    ),
    query: fc.constantFrom(...QUERIES.filter((query) => query !== "?timeout=0s")),
    review: unchanged,
  })
  .map(({ type, query, review }) => ({
    what: `content-type ${type}, ${query.slice(0, 40)}: ${review.what}`,
    sending: {
      parts: [
        {
          bytes:
            formatHead(review.path + query, [
              `content-type: ${type}`,
              `content-length: ${Buffer.byteLength(review.text)}`,
            ]) + review.text,
        },
      ],
      methods: ["POST"],
    },
    judge: reviewAnswers([review.text]),
  }));

const otherPaths: Arbitrary<Attempt> = fc
  .record({
    method: fc.constantFrom("GET", "POST", "HEAD", "DELETE"),
    path: fc.constantFrom(...NO_PATHS),
    query: fc.constantFrom(...QUERIES),
  })
  .map(({ method, path, query }) => ({
    what: `${method} ${path.slice(0, 60)}${query.slice(0, 40)}`,
    sending: {
      parts: [{ bytes: formatHead(path + query, ["content-length: 0"], method) }],
      methods: [method],
    },
    judge: expectOneStatus(404, 400),
  }));

const probes: Arbitrary<Attempt> = fc
  .record({ method: fc.constantFrom("GET", "HEAD", "POST", "DELETE"), path: fc.constantFrom(...PROBES) })
  .map(({ method, path }) => ({
    what: `${method} ${path}`,
    sending: { parts: [{ bytes: formatHead(path, ["content-length: 0"], method) }], methods: [method] },
    judge: expectOneStatus(method === "GET" || method === "HEAD" ? 200 : 404),
  }));

const noJson: Arbitrary<Attempt> = fc
  .record({
    path: fc.constantFrom(...REVIEW_PATHS),
    body: fc.oneof(
      fc.constantFrom(
        "",
        "{",
        "[",
        "nul",
        "\u0000",
        "{}{}",
        '{"a":1,}',
        "{'a':1}",
        "NaN",
        "\ufeff{}",
        "a=b",
        "<x/>",
      ),
      fc.string({ unit: "binary", maxLength: 200 }).filter((text) => readReviewUid(text) === null),
      fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
    ),
  })
  .map(({ path, body }) => ({
    what: `to ${path}: ${JSON.stringify(body.slice(0, 80))}`,
    sending: {
      parts: [{ bytes: formatHead(path, [JSON_TYPE, `content-length: ${Buffer.byteLength(body)}`]) + body }],
      methods: ["POST"],
    },
    judge: expectOneStatus(400),
  }));

/** Invalid or contradictory headers. [bytes, allowed statuses; closing the connection is always allowed] */
const BROKEN: readonly (readonly [bytes: string, ...statuses: number[]])[] = [
  ["GARBAGE\r\n\r\n", 400],
  ["POST /mutate HTTP/9.9\r\nhost: x\r\n\r\n", 400, 505],
  ["POST /mutate HTTP/1.1\r\n\r\n", 400],
  ["POST /mutate\r\n\r\n", 400, 415],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  [formatHead("/mutate", [JSON_TYPE, "content-length: 2", "content-length: 3"]), 400],
  [formatHead("/mutate", [JSON_TYPE, "content-length: -1"]), 400],
  [formatHead("/mutate", [JSON_TYPE, "content-length: 1e3"]), 400],
  [formatHead("/mutate", [JSON_TYPE, "content-length: 99999999999999999999"]), 400, 413],
  [formatHead("/mutate", [JSON_TYPE, "content-length: 99999999"]), 413],
  [`${formatHead("/mutate", [JSON_TYPE, "content-length: 2", "transfer-encoding: chunked"])}0\r\n\r\n`, 400],
  [`${formatHead("/mutate", [JSON_TYPE, "transfer-encoding: chunked"])}zz\r\n\r\n`, 400],
  [`${formatHead("/mutate", [JSON_TYPE, "transfer-encoding: chunked"])}0\r\ncontent-length: 3\r\n\r\n`, 400],
  [`${formatHead("/mutate", [JSON_TYPE, "transfer-encoding: chunked"])}ffffffffffffffffff\r\n`, 400],
  [`${formatHead("/mutate", [JSON_TYPE, "transfer-encoding: chunked, gzip"])}0\r\n\r\n`, 400],
  [formatHead("/mutate", [JSON_TYPE, `x: ${"a".repeat(20_000)}`]), 431],
  [formatHead("/mutate", [JSON_TYPE, ...Array.from({ length: 3_000 }, (_, index) => `x-${index}: a`)]), 431],
  [formatHead("/mutate", [JSON_TYPE, "x: a\u0000b"]), 400],
  [formatHead("/mutate", [JSON_TYPE, "x y: z"]), 400],
  [formatHead("/mu tate", [JSON_TYPE]), 400],
  [formatHead(`/${"a".repeat(20_000)}`, [JSON_TYPE]), 431],
  [formatHead("/mutate", ["expect: nonsense", "content-length: 0"]), 417],
  [formatHead("x:443", [], "CONNECT"), 400, 404, 405],
];

const broken: Arbitrary<Attempt> = fc.constantFrom(...BROKEN).map(([bytes, ...statuses]) => ({
  what: `a head that is none: ${JSON.stringify(bytes.slice(0, 100))}`,
  sending: { parts: [{ bytes }], methods: ["POST"] },
  judge: expectStatusOrClose(...statuses),
}));

const noise: Arbitrary<Attempt> = fc
  .record({
    // line ends before a request are skipped (RFC 9112, 2.2)
    bytes: fc
      .uint8Array({ minLength: 1, maxLength: 400 })
      .filter((bytes) => bytes.some((byte) => byte !== 0x0a && byte !== 0x0d)),
    isPlain: fc.boolean(),
  })
  .map(({ bytes, isPlain }) => ({
    what: `${bytes.length} bytes at random${isPlain ? ", without TLS" : ""}`,
    sending: {
      parts: [{ bytes: Buffer.concat([bytes, Buffer.from("\r\n\r\n")]) }],
      methods: ["POST"],
      isPlain,
    },
    judge: expectStatusOrClose(400),
  }));

const tooLarge: Arbitrary<Attempt> = fc
  .record({ path: fc.constantFrom(...REVIEW_PATHS), isOfValues: fc.boolean(), isChunked: fc.boolean() })
  .map(({ path, isOfValues, isChunked }) => {
    const body = isOfValues ? `[${"0,".repeat(1_600_000)}0]` : " ".repeat(7 * 1024 * 1024 + 10);
    const length = body.length;
    const bytes = isChunked
      ? `${formatHead(path, [JSON_TYPE, "transfer-encoding: chunked"])}${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      : `${formatHead(path, [JSON_TYPE, `content-length: ${length}`])}${body}`;
    return {
      what: `${isOfValues ? "too many values" : "too many bytes"} to ${path}${isChunked ? " in a chunk" : ""}`,
      sending: { parts: [{ bytes }], methods: ["POST"] },
      judge: expectOneStatus(413),
    };
  });

/** Each kind of request with its share of a thousand. */
export const PROTOCOL_KINDS: readonly (readonly [share: number, attempts: Arbitrary<Attempt>])[] = [
  [30, wrongMethods],
  [30, wrongTypes],
  [20, rightTypes],
  [30, otherPaths],
  [15, probes],
  [40, noJson],
  [30, broken],
  [20, noise],
  [1, tooLarge],
];

// Random attempts on the webhook: reviews, and the ways to send them.
import fc, { type Arbitrary } from "fast-check";
import { type Attempt, formatHead, formatPost, JSON_TYPE, reviewAttempt } from "./attempt.ts";
import { expectStatusOrClose, reviewAnswers } from "./expected.ts";
import { largeChanges, smallChanges } from "./oddValues.ts";
import { PROTOCOL_KINDS } from "./protocolKinds.ts";
import { createChangedReviews, forgedUsers, unchanged } from "./reviews.ts";

const anyReview = createChangedReviews(smallChanges);

const pipelined: Arbitrary<Attempt> = fc.array(unchanged, { minLength: 2, maxLength: 8 }).map((reviews) => ({
  what: `${reviews.length} in one piece: ${reviews.map(({ what }) => what).join("; ")}`,
  sending: { parts: [{ bytes: reviews.map(formatPost).join("") }], methods: reviews.map(() => "POST") },
  judge: reviewAnswers(reviews.map(({ text }) => text)),
}));

const chunked: Arbitrary<Attempt> = fc
  .record({
    review: fc.oneof(unchanged, anyReview),
    size: fc.constantFrom(1_000, 4_096, 16_384, 100),
    extension: fc.constantFrom("", ";a=b", `;a="${"x".repeat(50)}"`),
    trailer: fc.constantFrom("", "x-trailer: 1\r\n"),
  })
  .map(({ review, size, extension, trailer }) => {
    const bytes = Buffer.from(review.text);
    const chunks: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      chunks.push(`${part.length.toString(16)}${extension}\r\n${part.toString("latin1")}\r\n`);
    }
    const body = Buffer.from(`${chunks.join("")}0\r\n${trailer}\r\n`, "latin1");
    const start = formatHead(review.path, [JSON_TYPE, "transfer-encoding: chunked"]);
    return {
      what: `in chunks of ${size}${extension}, trailer ${JSON.stringify(trailer)}: ${review.what}`,
      sending: { parts: [{ bytes: start }, { bytes: body }], methods: ["POST"] },
      judge: reviewAnswers([review.text]),
    };
  });

const dripping: Arbitrary<Attempt> = fc
  .record({
    review: unchanged,
    pieces: fc.integer({ min: 2, max: 8 }),
    pauseMs: fc.integer({ min: 5, max: 60 }),
  })
  .map(({ review, pieces, pauseMs }) => {
    const all = Buffer.from(formatPost(review));
    const size = Math.ceil(all.length / pieces);
    const parts = Array.from({ length: pieces }, (_, index) => ({
      bytes: all.subarray(index * size, (index + 1) * size),
      pauseMs,
    }));
    return {
      what: `in ${pieces} pieces, ${pauseMs} ms between: ${review.what}`,
      sending: { parts, methods: ["POST"] },
      judge: reviewAnswers([review.text]),
    };
  });

/** The headers announce more bytes than are sent, and then the connection is half-closed or reset. */
const truncated: Arbitrary<Attempt> = fc
  .record({
    review: anyReview,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom("half-closed" as const, "reset" as const),
    isChunked: fc.boolean(),
  })
  .map(({ review, share, end, isChunked }) => {
    const bytes = Buffer.from(formatPost(review));
    const sent = isChunked
      ? `${formatHead(review.path, [JSON_TYPE, "transfer-encoding: chunked"])}ffff\r\n${review.text.slice(0, 60_000 * share)}`
      : bytes.subarray(0, Math.floor((bytes.length - 1) * share));
    return {
      what: `cut off${isChunked ? " in a chunk" : ""} at ${sent.length} bytes, ${end}: ${review.what}`,
      sending: { parts: [{ bytes: sent }], methods: ["POST"], end },
      judge: expectStatusOrClose(400),
    };
  });

const halfClosed: Arbitrary<Attempt> = unchanged.map((review) => ({
  what: `whole, then half-closed: ${review.what}`,
  sending: { parts: [{ bytes: formatPost(review) }], methods: ["POST"], end: "half-closed" },
  judge: expectStatusOrClose(200),
}));

const expecting: Arbitrary<Attempt> = fc
  .record({
    review: unchanged,
    line: fc.constantFrom("expect: 100-continue", "connection: upgrade\r\nupgrade: websocket"),
  })
  .map(({ review, line }) => ({
    what: `with ${JSON.stringify(line)}: ${review.what}`,
    sending: {
      parts: [
        {
          bytes: formatHead(review.path, [
            JSON_TYPE,
            line,
            `content-length: ${Buffer.byteLength(review.text)}`,
          ]),
        },
        { bytes: review.text, pauseMs: 5 },
      ],
      methods: ["POST"],
    },
    judge: reviewAnswers([review.text]),
  }));

/** Each kind of attempt with its share of a thousand. */
const KINDS: readonly (readonly [share: number, attempts: Arbitrary<Attempt>])[] = [
  [500, anyReview.map(reviewAttempt)],
  [50, createChangedReviews(largeChanges).map(reviewAttempt)],
  [90, forgedUsers.map(reviewAttempt)],
  [50, unchanged.map(reviewAttempt)],
  [25, pipelined],
  [30, chunked],
  [8, dripping],
  [20, truncated],
  [10, halfClosed],
  [10, expecting],
  ...PROTOCOL_KINDS,
];

export const anyAttempt: Arbitrary<Attempt> = fc.oneof(
  ...KINDS.map(([weight, arbitrary]) => ({ weight, arbitrary })),
);

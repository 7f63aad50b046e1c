// One attempt on the webhook, and how it is formatted.
import { type Judge, reviewAnswers } from "./expected.ts";
import type { Review } from "./reviews.ts";
import type { WireMessage } from "./wire.ts";

export interface Attempt {
  /** description in one line */
  readonly what: string;
  readonly sending: WireMessage;
  /** what is wrong with the answer, or null */
  readonly judge: Judge;
}

export function formatHead(path: string, lines: readonly string[], method = "POST"): string {
  return `${method} ${path} HTTP/1.1\r\n${["host: x", ...lines].join("\r\n")}\r\n\r\n`;
}

export const JSON_TYPE = "content-type: application/json";

/** A complete request. */
export const formatPost = ({ path, text }: Review): string =>
  formatHead(path, [JSON_TYPE, `content-length: ${Buffer.byteLength(text)}`]) + text;

export const reviewAttempt = (review: Review): Attempt => ({
  what: review.what,
  sending: { parts: [{ bytes: formatPost(review) }], methods: ["POST"] },
  judge: reviewAnswers([review.text]),
});

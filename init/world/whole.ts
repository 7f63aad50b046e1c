// An answer over HTTP, whole and in time or not at all: what asking the API server and asking a daemon's web server share.
import type { ClientRequest, IncomingMessage } from "node:http";

/** Ends a request whose whole answer has not come in this time. @param limitMs milliseconds */
export function endIn(asked: ClientRequest, limitMs: number): void {
  const timer = setTimeout(() => {
    asked.destroy(new Error(`there was no whole answer within ${limitMs / 1000} s`));
  }, limitMs);
  asked.once("close", () => clearTimeout(timer));
}

const KIB = 1024;

/** The text of an answer. @param kibibytes the most that it may have @throws where it has more, or is cut */
export async function textOf(answer: IncomingMessage, kibibytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > kibibytes * KIB) throw new Error(`the answer is larger than ${sizeOf(kibibytes)}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const sizeOf = (kibibytes: number): string =>
  kibibytes % KIB === 0 ? `${kibibytes / KIB} MiB` : `${kibibytes} KiB`;

/** The JSON of a text, or the text: proxies, login pages and aggregated APIs answer in HTML or in plain text. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// The admission routes as a thin handler on raw requests: express costs most of the throughput here
// (facts/admission.md 4), and the protocol needs none of it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, errored } from "./answer.ts";
import { decode, LARGEST_BODY } from "./decode.ts";
import { type AdmissionRequest, reviewOf } from "./review.ts";

/** Decides one request. `deadline` is aborted when the API server will not wait any longer. */
export type Handler = (request: AdmissionRequest, deadline: AbortSignal) => Promise<Answer> | Answer;

export interface Served {
  path: string;
  request: AdmissionRequest | null;
  answer: Answer | null;
  status: number;
  wrong: string | null;
  milliseconds: number;
}

/** What the API server waits when it does not say (the default of timeoutSeconds). */
const DEFAULT_TIMEOUT_S = 10;

/** We answer before the API server gives up, or its words would be heard instead of ours. */
const SHARE_OF_TIMEOUT = 0.9;

/** Serves one POST of an AdmissionReview; resolves when the answer is written. */
export async function serveReview(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<Omit<Served, "path">> {
  const began = performance.now();
  const end = (status: number, body: string, rest: Partial<Served>): Omit<Served, "path"> => {
    if (!outgoing.writableEnded && !outgoing.destroyed) {
      outgoing.writeHead(status, {
        "content-type": status === 200 ? "application/json" : "text/plain; charset=utf-8",
        "content-length": Buffer.byteLength(body),
      });
      outgoing.end(body);
    }
    const wrong = status === 200 ? null : body.trim();
    return { request: null, answer: null, wrong, ...rest, status, milliseconds: performance.now() - began };
  };

  if (incoming.method !== "POST") return end(405, "only POST of an AdmissionReview\n", {});
  const body = await readBody(incoming);
  if (body === "too-large") {
    outgoing.setHeader("connection", "close");
    return end(413, `the body is larger than ${LARGEST_BODY} bytes\n`, {});
  }
  if (body === "cut-off") return end(400, "the body was cut off\n", {});

  const decoded = decode(incoming.headers["content-type"], body);
  if ("wrong" in decoded) return end(decoded.status, `${decoded.wrong}\n`, {});
  const { request } = decoded;
  const answer = await decide(handler, request, AbortSignal.timeout(timeoutOf(incoming.url)));
  return end(200, JSON.stringify(reviewOf({ uid: request.uid, ...answer })), { request, answer });
}

async function decide(handler: Handler, request: AdmissionRequest, deadline: AbortSignal): Promise<Answer> {
  try {
    return await handler(request, deadline);
  } catch (error) {
    // a fault of ours; the words hold no part of the object, which may carry secrets
    const what = error instanceof Error ? error.message : String(error);
    return errored(`rollcall could not decide: ${what}. Its log has more under uid ${request.uid}`);
  }
}

/** Milliseconds until we must have answered, from the API server's `?timeout=10s`. */
export function timeoutOf(url: string | undefined): number {
  const said = new URLSearchParams(url?.split("?")[1]).get("timeout");
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(said ?? "") ?? [];
  const seconds =
    number === undefined
      ? DEFAULT_TIMEOUT_S
      : Number(number) * ({ ms: 0.001, s: 1, m: 60 }[unit ?? "s"] ?? 1);
  return Math.min(Math.max(seconds, 0.1), 30) * 1000 * SHARE_OF_TIMEOUT;
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | "too-large" | "cut-off"> {
  if (Number(incoming.headers["content-length"] ?? 0) > LARGEST_BODY) return drop(incoming);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST_BODY) return drop(incoming);
      chunks.push(chunk);
    }
  } catch {
    return "cut-off";
  }
  return Buffer.concat(chunks, size);
}

function drop(incoming: IncomingMessage): "too-large" {
  incoming.resume();
  return "too-large";
}

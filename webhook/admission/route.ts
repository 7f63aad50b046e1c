// The admission routes as a thin handler on raw requests: express costs most of the throughput here
// (facts/admission.md 4), and the protocol needs none of it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, errored } from "./answer.ts";
import { decode, LARGEST_BODY } from "./decode.ts";
import { beginSlice, breathe } from "./pace.ts";
import { type AdmissionRequest, reviewOf } from "./review.ts";

/** Decides one request. `deadline` is aborted when the API server will not wait any longer. */
export type Handler = (request: AdmissionRequest, deadline: AbortSignal) => Promise<Answer> | Answer;

export interface Served {
  path: string;
  request: AdmissionRequest | null;
  answer: Answer | null;
  status: number;
  wrong: string | null;
  /** where a handler threw, for the log: the kind of error and its stack, without its words */
  fault: string | null;
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
    const nothing = { request: null, answer: null, fault: null };
    return { ...nothing, wrong, ...rest, status, milliseconds: performance.now() - began };
  };

  // from here, since the API server's clock does not wait for the body either
  const deadline = AbortSignal.timeout(timeoutOf(incoming.url));
  if (incoming.method !== "POST") return end(405, "only POST of an AdmissionReview\n", {});
  const body = await readBody(incoming);
  if (body === "too-large") {
    outgoing.setHeader("connection", "close");
    return end(413, `the body is larger than ${LARGEST_BODY} bytes\n`, {});
  }
  if (body === "cut-off") return end(400, "the body was cut off\n", {});

  beginSlice();
  const decoded = decode(incoming.headers["content-type"], body);
  await breathe();
  if ("wrong" in decoded) return end(decoded.status, `${decoded.wrong}\n`, {});
  const { request } = decoded;
  const { answer, fault } = await decide(handler, request, deadline);
  await breathe();
  return end(200, JSON.stringify(reviewOf({ uid: request.uid, ...answer })), { request, answer, fault });
}

type Decision = Pick<Served, "fault"> & { answer: Answer };

async function decide(handler: Handler, request: AdmissionRequest, deadline: AbortSignal): Promise<Decision> {
  try {
    return { answer: await handler(request, deadline), fault: null };
  } catch (error) {
    // A fault of ours. An error's words may quote the object, which may carry secrets: neither the answer nor
    // the log repeats them.
    const { name, frames } = anonymous(error);
    const answer = errored(
      `rollcall could not decide (${name}); its log says where, under uid ${request.uid}`,
    );
    return { answer, fault: [name, ...frames].join("\n") };
  }
}

function anonymous(error: unknown): { name: string; frames: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const { stack = "", message } = error;
  // a stack begins with the words, of any number of lines
  const afterWords = stack.slice(Math.max(stack.indexOf(message), 0) + message.length);
  const frames = afterWords.split("\n").filter((line) => /^ {4}at /.test(line));
  return { name: error.constructor.name, frames };
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

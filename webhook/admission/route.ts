// The admission routes as a thin handler on raw requests: express costs most of the throughput here
// (docs/research/kubernetes-admission.md#cost), and the protocol needs none of it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AdmissionAnswer, failRequest } from "./answer.ts";
import { decode } from "./decode.ts";
import { type BodyRejection, LARGEST_BODY, type LoadLimiter, MOST_LEVELS, MOST_VALUES } from "./load.ts";
import { beginTimeSlice, yieldIfSlow } from "./pace.ts";
import { respondEarly } from "./respondEarly.ts";
import { type AdmissionRequest, buildReviewResponse } from "./review.ts";

/** Decides one request. `deadline` is aborted when the API server will not wait any longer. */
export type ReviewHandler = (
  request: AdmissionRequest,
  deadline: AbortSignal,
) => Promise<AdmissionAnswer> | AdmissionAnswer;

export interface ServedRequest {
  path: string;
  request: AdmissionRequest | null;
  answer: AdmissionAnswer | null;
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

/**
 * A signal that is aborted after a while, unless it is stopped before. AbortSignal.timeout cannot be stopped: at a
 * thousand reviews a second nine thousand of them would be waited for, each with a place in the garbage collector's lists.
 */
function openDeadline(milliseconds: number): { deadline: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(new DOMException("no answer in time", "TimeoutError"));
  const timer = setTimeout(giveUp, milliseconds);
  return { deadline: controller.signal, stop: () => clearTimeout(timer) };
}

/** What a request came to, for logs and metrics. */
type ExchangeOutcome = Omit<ServedRequest, "path">;

export interface RouteOptions {
  readonly load: LoadLimiter;
  /** told when the request is there whole */
  readonly onWhole: () => void;
}

/** Serves one POST of an AdmissionReview; resolves when the answer is written. */
export async function serveReview(
  handler: ReviewHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { load, onWhole }: RouteOptions,
): Promise<ExchangeOutcome> {
  const began = performance.now();
  const told = (
    status: number,
    { request = null, answer = null, fault = null, wrong = null }: Partial<ServedRequest>,
  ) => ({
    request,
    answer,
    fault,
    wrong,
    status,
    milliseconds: performance.now() - began,
  });
  const refuse = (status: number, wrong: string, isWhole: boolean): ExchangeOutcome => {
    refuseRequest({ incoming, outgoing }, status, { wrong, isWhole });
    return told(status, { wrong });
  };

  if (incoming.method !== "POST") return refuse(405, "only POST of an AdmissionReview", false);
  const body = await load.read(incoming);
  if (typeof body === "string") return refuse(...REFUSALS[body], false);
  onWhole();
  // counted from the head, since the API server's clock does not wait for the body either
  const { deadline, stop } = openDeadline(readTimeoutMs(incoming.url) - (performance.now() - began));
  let leave: (() => void) | null = null;
  try {
    const entered = await load.enter(body.bytes, deadline);
    if (typeof entered === "string") return refuse(...REFUSALS[entered], true);
    leave = entered;
    beginTimeSlice();
    const decoded = decode(incoming.headers["content-type"], body.bytes);
    await yieldIfSlow();
    if ("wrong" in decoded) return refuse(decoded.status, decoded.wrong, true);
    const { request } = decoded;
    const { answer, fault } = await decide(handler, request, deadline);
    await yieldIfSlow();
    send(outgoing, 200, JSON.stringify(buildReviewResponse({ uid: request.uid, ...answer })));
    return told(200, { request, answer, fault });
  } finally {
    stop();
    leave?.();
    body.release();
  }
}

/** Anything but 200 is an error to the API server, which then says these words to whoever asked. */
const REFUSALS: Readonly<Record<BodyRejection, readonly [status: number, wrong: string]>> = {
  "too-large": [
    413,
    `the body is larger than ${LARGEST_BODY} bytes, or has more than ${MOST_VALUES} values: more than an API server stores`,
  ],
  "too-deep": [400, `the body has more than ${MOST_LEVELS} levels: more than any object of the API`],
  "cut-off": [400, "the body was cut off"],
  crowded: [503, "too much is being sent at once; try again"],
};

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

function refuseRequest(
  { incoming, outgoing }: Exchange,
  status: number,
  { wrong, isWhole }: { wrong: string; isWhole: boolean },
): void {
  if (isWhole) {
    send(outgoing, status, `${wrong}\n`);
    return;
  }
  if (outgoing.writableEnded || outgoing.destroyed) return;
  outgoing.setHeader("connection", "close");
  writeHead(outgoing, status, `${wrong}\n`);
  respondEarly(incoming, outgoing, `${wrong}\n`);
}

function send(outgoing: ServerResponse, status: number, body: string): void {
  if (outgoing.writableEnded || outgoing.destroyed) return;
  writeHead(outgoing, status, body);
  outgoing.end(body);
}

function writeHead(outgoing: ServerResponse, status: number, body: string): void {
  outgoing.writeHead(status, {
    "content-type": status === 200 ? "application/json" : "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
}

type HandlerResult = Pick<ServedRequest, "fault"> & { answer: AdmissionAnswer };

async function decide(
  handler: ReviewHandler,
  request: AdmissionRequest,
  deadline: AbortSignal,
): Promise<HandlerResult> {
  try {
    return { answer: await handler(request, deadline), fault: null };
  } catch (error) {
    // A fault of ours. An error's words may quote the object, which may carry secrets: neither the answer nor
    // the log repeats them.
    const { name, frames } = anonymous(error);
    const answer = failRequest(
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

let last = { url: "", milliseconds: 0 };

/** Milliseconds until we must have answered, from the API server's `?timeout=10s`. */
export function readTimeoutMs(url = ""): number {
  // an API server asks with the same few URLs, so the last one is mostly the next one, too
  if (url !== last.url || url === "") last = { url, milliseconds: parseTimeoutMs(url) };
  return last.milliseconds;
}

function parseTimeoutMs(url: string): number {
  const said = new URLSearchParams(url.split("?")[1]).get("timeout");
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(said ?? "") ?? [];
  const seconds =
    number === undefined
      ? DEFAULT_TIMEOUT_S
      : Number(number) * ({ ms: 0.001, s: 1, m: 60 }[unit ?? "s"] ?? 1);
  return Math.min(Math.max(seconds, 0.1), 30) * 1000 * SHARE_OF_TIMEOUT;
}

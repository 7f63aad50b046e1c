// Serves the admission routes on Node's raw requests: express would cost most of the throughput
// (docs/research/kubernetes-admission.md#cost), and the protocol needs none of it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AdmissionAnswer, failRequest } from "./answer.ts";
import { decode } from "./decode.ts";
import { type BodyRejection, LARGEST_BODY, type LoadLimiter, MOST_LEVELS, MOST_VALUES } from "./load.ts";
import { beginTimeSlice, yieldIfSlow } from "./pace.ts";
import { respondEarly } from "./respondEarly.ts";
import { type AdmissionRequest, buildReviewResponse } from "./review.ts";

/** Decides one request. `deadline` is aborted shortly before the API server's timeout. */
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
  /** if the handler threw: class and stack of the error for the log, without its message */
  fault: string | null;
  milliseconds: number;
}

/** The default of timeoutSeconds in a webhook configuration. */
const DEFAULT_TIMEOUT_S = 10;

/** The answer must arrive before the API server's timeout; otherwise users see the API server's error instead. */
const SHARE_OF_TIMEOUT = 0.9;

/**
 * A deadline whose timer can be cleared. The timer of AbortSignal.timeout cannot: at a thousand reviews a second, nine
 * thousand of them would be pending.
 */
function openDeadline(milliseconds: number): { deadline: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(new DOMException("no answer in time", "TimeoutError"));
  const timer = setTimeout(giveUp, milliseconds);
  return { deadline: controller.signal, stop: () => clearTimeout(timer) };
}

/** The result of a request, for logs and metrics. */
type ExchangeOutcome = Omit<ServedRequest, "path">;

export interface RouteOptions {
  readonly load: LoadLimiter;
  /** called when the whole body has arrived */
  readonly onBodyRead: () => void;
}

/** Serves one POST of an AdmissionReview; resolves when the response is written. */
export async function serveReview(
  handler: ReviewHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { load, onBodyRead }: RouteOptions,
): Promise<ExchangeOutcome> {
  const began = performance.now();
  const describe = (
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
  const refuse = (status: number, wrong: string, isBodyRead: boolean): ExchangeOutcome => {
    refuseRequest({ incoming, outgoing }, status, { wrong, isBodyRead });
    return describe(status, { wrong });
  };

  if (incoming.method !== "POST") return refuse(405, "only POST of an AdmissionReview", false);
  const body = await load.read(incoming);
  if (typeof body === "string") return refuse(...REFUSALS[body], false);
  onBodyRead();
  // the API server's timeout includes the time for sending the body
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
    return describe(200, { request, answer, fault });
  } finally {
    stop();
    leave?.();
    body.release();
  }
}

/** For a status other than 200 the API server fails the user's request, with this text. */
const REFUSALS: Readonly<Record<BodyRejection, readonly [status: number, wrong: string]>> = {
  "too-large": [
    413,
    `the body has more than ${LARGEST_BODY} bytes or more than ${MOST_VALUES} values, more than the API server stores`,
  ],
  "too-deep": [400, `the body has more than ${MOST_LEVELS} levels, more than any object of the API`],
  "cut-off": [400, "the body is incomplete"],
  crowded: [503, "too many requests at once; retry"],
};

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

function refuseRequest(
  { incoming, outgoing }: Exchange,
  status: number,
  { wrong, isBodyRead }: { wrong: string; isBodyRead: boolean },
): void {
  if (isBodyRead) {
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
    // A fault of Rollcall. The error's message may quote the object, which may hold secrets, so neither the answer nor
    // the log repeats it.
    const { name, frames } = omitMessage(error);
    const answer = failRequest(
      `Rollcall failed to decide because of an internal error (${name}). The webhook's log has the stack under uid ${request.uid}`,
    );
    return { answer, fault: [name, ...frames].join("\n") };
  }
}

function omitMessage(error: unknown): { name: string; frames: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const { stack = "", message } = error;
  // a stack begins with the message, which may have several lines
  const afterMessage = stack.slice(Math.max(stack.indexOf(message), 0) + message.length);
  const frames = afterMessage.split("\n").filter((line) => /^ {4}at /.test(line));
  return { name: error.constructor.name, frames };
}

let last = { url: "", milliseconds: 0 };

/** Milliseconds until the answer must be sent, from the API server's `?timeout=10s`. */
export function readTimeoutMs(url = ""): number {
  // an API server uses few different URLs, so mostly the last one comes again
  if (url !== last.url || url === "") last = { url, milliseconds: parseTimeoutMs(url) };
  return last.milliseconds;
}

function parseTimeoutMs(url: string): number {
  const timeout = new URLSearchParams(url.split("?")[1]).get("timeout");
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(timeout ?? "") ?? [];
  const seconds =
    number === undefined
      ? DEFAULT_TIMEOUT_S
      : Number(number) * ({ ms: 0.001, s: 1, m: 60 }[unit ?? "s"] ?? 1);
  return Math.min(Math.max(seconds, 0.1), 30) * 1000 * SHARE_OF_TIMEOUT;
}

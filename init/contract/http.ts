// One request over HTTP or HTTPS whose answer comes bounded and in time, or not at all. For all that the webhook, the
// command line and the runner ask; S3 has a client of its own, which signs and retries.
import { Agent, type IncomingMessage, request } from "node:http";
import { request as requestSecurely, Agent as SecureAgent } from "node:https";

export interface HttpRequest {
  /** http://HOST:PORT or https://HOST:PORT */
  readonly server: string;
  /** with its query, and sent as it is: one with a space or a line break is refused */
  readonly path: string;
  /** @default GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly text: string; readonly contentType: string } | null;
  /** PEM of the CA that the server's certificate is trusted by; null: the system's */
  readonly ca?: string | null;
  /** ends the request; it is rejected with the signal's reason */
  readonly signal?: AbortSignal | undefined;
  /** milliseconds until the whole answer has come @default none */
  readonly limitMs?: number;
  /** whose connections are kept; null: one connection for this request alone, and no proxy, whatever NODE_USE_ENV_PROXY says @default null */
  readonly agent?: Agent | SecureAgent | null;
  /** milliseconds after which an idle connection is probed by TCP @default never */
  readonly tcpKeepAliveMs?: number;
}

/** There was no whole answer in the time of the request. */
export class NoAnswerInTime extends Error {}

/**
 * Sends a request and reads its answer; a redirect is an answer like any other. What of the answer was not read to its
 * end is closed.
 * @throws whatever keeps the answer from coming whole and in time
 */
export async function sendRequest<T>(
  asked: HttpRequest,
  read: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { server, path, method = "GET", headers = {}, body = null, ca = null, signal } = asked;
  const { limitMs, agent = null, tcpKeepAliveMs } = asked;
  signal?.throwIfAborted();
  const target = new URL(server);
  const isSecure = target.protocol === "https:";
  const length =
    body === null ? {} : { "content-type": body.contentType, "content-length": Buffer.byteLength(body.text) };
  const options = {
    path,
    method,
    headers: { ...headers, ...length },
    agent: agent ?? (isSecure ? new SecureAgent() : new Agent()),
    ...(ca === null ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const sent = isSecure ? requestSecurely(target, options) : request(target, options);
    /** why it was ended from here: what the connection says of that is another thing */
    let ended: unknown;
    const end = (why: unknown): void => {
      ended ??= why;
      reject(ended);
      sent.destroy();
    };
    const fail = (error: unknown): void => reject(ended ?? error);
    const onAbort = (): void => end(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer =
      limitMs === undefined
        ? undefined
        : setTimeout(
            () => end(new NoAnswerInTime(`there was no whole answer within ${limitMs / 1000} s`)),
            limitMs,
          );
    sent.once("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    });
    if (tcpKeepAliveMs !== undefined)
      sent.once("socket", (socket) => socket.setKeepAlive(true, tcpKeepAliveMs));
    sent.on("error", fail);
    sent.once("response", (answer) => {
      read(answer)
        .then(resolve, fail)
        .finally(() => sent.destroy());
    });
    sent.end(body?.text);
  });
}

const KIB = 1024;

/** The text of an answer. @param most bytes @throws where it has more, or is cut */
export async function readAnswerText(answer: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) throw new Error(`the answer is larger than ${formatBytes(most)}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const formatBytes = (bytes: number): string =>
  bytes % (KIB * KIB) === 0 ? `${bytes / KIB / KIB} MiB` : `${bytes / KIB} KiB`;

/** A host as a URL names it: IPv6 addresses stand in brackets, which they may have already. */
export const formatUrlHost = (host: string): string =>
  host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;

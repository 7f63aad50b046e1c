// One HTTP or HTTPS request with a bounded response and a time limit. Used for all requests of the webhook, the command
// line and the runner but those to S3, whose client signs and retries.
import { Agent, type IncomingMessage, request } from "node:http";
import { request as requestSecurely, Agent as SecureAgent } from "node:https";

export interface HttpRequest {
  /** http://HOST:PORT or https://HOST:PORT */
  readonly server: string;
  /** path and query, sent unchanged; a space or line break is rejected */
  readonly path: string;
  /** @default GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: { readonly text: string; readonly contentType: string } | null;
  /** PEM of the CA that signs the server's certificate; null: the system's CAs */
  readonly ca?: string | null;
  /**
   * the host name that the certificate must have, for a server that is addressed by its IP; it is sent as SNI and in
   * the Host header @default the host of `server`
   */
  readonly serverName?: string;
  /** aborts the request, which rejects with the signal's reason */
  readonly signal?: AbortSignal | undefined;
  /** milliseconds for the whole response @default no limit */
  readonly limitMs?: number;
  /**
   * agent that keeps connections; null: one connection for this request, without a proxy even if NODE_USE_ENV_PROXY is
   * set
   * @default null
   */
  readonly agent?: Agent | SecureAgent | null;
  /** milliseconds before TCP keep-alive probes an idle connection @default never */
  readonly tcpKeepAliveMs?: number;
}

/** The response was not complete within the time limit. */
export class NoAnswerInTime extends Error {}

/**
 * Sends a request and reads its response. Redirects are not followed. A response that `read` does not consume is
 * closed.
 * @throws any error that prevents a complete response within the time limit
 */
export async function sendRequest<T>(
  input: HttpRequest,
  read: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { server, path, method = "GET", headers = {}, body = null, ca = null, signal } = input;
  const { limitMs, agent = null, tcpKeepAliveMs, serverName } = input;
  signal?.throwIfAborted();
  const target = new URL(server);
  const isSecure = target.protocol === "https:";
  const length =
    body === null ? {} : { "content-type": body.contentType, "content-length": Buffer.byteLength(body.text) };
  const options = {
    path,
    method,
    headers: {
      ...headers,
      ...length,
      ...(serverName === undefined ? {} : { host: buildHost(serverName, target) }),
    },
    ...(serverName === undefined ? {} : { servername: serverName }),
    agent: agent ?? (isSecure ? new SecureAgent() : new Agent()),
    ...(ca === null ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const sent = isSecure ? requestSecurely(target, options) : request(target, options);
    /** the reason of our own abort; the socket then reports a different error */
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
        : setTimeout(() => end(new NoAnswerInTime(`no complete answer within ${limitMs / 1000} s`)), limitMs);
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

const buildHost = (name: string, { port }: URL): string => (port === "" ? name : `${name}:${port}`);

const KIB = 1024;

/** Reads the body of a response as text. @param most bytes @throws if it is larger, or the connection breaks off */
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

/** Formats a host for a URL: an IPv6 address gets brackets unless it has them. */
export const formatUrlHost = (host: string): string =>
  host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;

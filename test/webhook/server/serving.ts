// The real HTTPS server, and real clients that only trust its CA.
import type { IncomingHttpHeaders } from "node:http";
import { type Agent, request } from "node:https";
import type { ReviewHandler, ServedRequest } from "../../../webhook/admission/route.ts";
import type { CallerCheck } from "../../../webhook/server/caller.ts";
import type { Exposition } from "../../../webhook/server/health.ts";
import { type RunningServer, startServer } from "../../../webhook/server/https.ts";
import { type Certificate, issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";

export const SERVICE = "rollcall.rollcall-system.svc";
export const HOST = "127.0.0.1";

let made: Promise<Certificate> | undefined;

/** One certificate for all tests, since generating keys takes long. */
export function issueCertificate(): Promise<Certificate> {
  made ??= issueSelfSigned([SERVICE, HOST], new Date());
  return made;
}

export interface RequestInput {
  path: string;
  method?: string;
  headers?: Readonly<Record<string, string | number>>;
  /** several chunks are sent without a content-length */
  body?: string | Buffer | readonly Buffer[];
  /** without an agent, each request has its own connection */
  agent?: Agent;
  /** the CA that the client trusts @default the CA of `certificate` */
  ca?: string;
  /** the client's certificate */
  client?: { cert: string; key: string };
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** whether the connection had carried a request before */
  reused: boolean;
}

/** Sends a request and reads its whole reply. */
export async function sendTestRequest(port: number, asking: RequestInput): Promise<Reply> {
  const { path, method = "GET", headers = {}, body = "", agent = false, client = {} } = asking;
  const ca = asking.ca ?? (await issueCertificate()).ca;
  return new Promise((resolve, reject) => {
    const sent = request({ host: HOST, port, ca, path, method, headers, agent, ...client }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.on("error", reject);
      reply.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text, reused: sent.reusedSocket });
      });
    });
    sent.on("error", reject);
    if (typeof body === "string" || Buffer.isBuffer(body)) {
      sent.end(body);
      return;
    }
    for (const piece of body) sent.write(piece);
    sent.end();
  });
}

export interface ServingTest {
  server: RunningServer;
  /** the server's reports of requests, in order */
  served: ServedRequest[];
  ask: (asking: RequestInput) => Promise<Reply>;
  /** sends a review like the API server */
  post: (path: string, review: unknown, agent?: Agent) => Promise<Reply>;
}

export interface ServingInput {
  routes?: Readonly<Record<string, ReviewHandler>>;
  callers?: CallerCheck;
  whyNotReady?: () => string | null;
  metrics?: Exposition;
  onServed?: (served: ServedRequest) => void;
}

const running: RunningServer[] = [];

/** Starts a server on a free port; `stopServers` ends it. */
export async function serve({
  routes = {},
  callers,
  whyNotReady,
  metrics,
  onServed,
}: ServingInput): Promise<ServingTest> {
  const served: ServedRequest[] = [];
  const server = await startServer({
    port: 0,
    host: HOST,
    certificate: await issueCertificate(),
    callers: callers ?? null,
    routes,
    health: { whyNotReady: whyNotReady ?? (() => null) },
    metrics: metrics ?? null,
    onServed: (each) => {
      served.push(each);
      onServed?.(each);
    },
  });
  running.push(server);
  const post = (path: string, review: unknown, agent?: Agent): Promise<Reply> =>
    sendTestRequest(server.port, {
      path,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(review),
      ...(agent === undefined ? {} : { agent }),
    });
  return { server, served, ask: (asking) => sendTestRequest(server.port, asking), post };
}

/** Ends every server that a test has started. */
export async function stopServers(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.drain(0)));
}

/** Waits until a condition is true; mocha's timeout is the limit. */
export async function waitFor(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 10));
}

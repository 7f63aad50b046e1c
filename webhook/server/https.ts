// The HTTPS server: admission by a plain request handler, everything else by express. The timeouts are explained in
// docs/research/kubernetes-admission.md#connections.
import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { LoadLimiter } from "../admission/load.ts";
import { type ReviewHandler, type ServedRequest, serveReview } from "../admission/route.ts";
import type { Certificate } from "../tls/selfSigned.ts";
import { buildTlsOptions, type CallerCheck, explainRefusal } from "./caller.ts";
import { limitConnections } from "./connections.ts";
import { createHealthApp, type Exposition, type Health } from "./health.ts";

/** Longer than the API server keeps an idle connection (90 s): the client must close it, or a request on it may fail. */
const KEEP_ALIVE_MS = 120_000;
const HEADERS_MS = 10_000;
/** above HEADERS_MS, which Node.js requires; below the API server's timeout of at most 30 s */
const REQUEST_MS = 15_000;
/** How often Node.js checks these limits; its default of 30 s is too coarse. */
const CHECK_EVERY_MS = 1_000;
/** An API server completes the handshake within milliseconds. */
const HANDSHAKE_MS = 10_000;

const CLOSE_EVERY_MS = 100;

export interface ServerInput {
  port: number;
  /** the address to listen on @default all */
  host?: string;
  certificate: Certificate;
  /** who may send reviews @default null: all clients */
  callers?: CallerCheck | null;
  routes: Readonly<Record<string, ReviewHandler>>;
  health: Health;
  /** null: no /metrics */
  metrics: Exposition | null;
  onServed: (served: ServedRequest) => void;
}

export interface RunningServer {
  port: number;
  /** New handshakes get the new certificate, open connections stay. @throws if it is invalid, and keeps the old one */
  setCertificate(certificate: Certificate): void;
  /** Client certificates are verified by these CAs from the next handshake on. Without a CA all callers are refused. */
  setClientCa(ca: string): void;
  /**
   * Stops without losing requests: sends "Connection: close" with every response for `graceMs`, while endpoints are
   * updated, then stops listening and waits for open requests.
   */
  drain(graceMs: number): Promise<void>;
}

/** Starts listening. @throws if it cannot */
export async function startServer(input: ServerInput): Promise<RunningServer> {
  let draining = false;
  const openResponses = new Set<ServerResponse>();
  const whyNotReady = (): string | null => (draining ? "shutting down" : input.health.whyNotReady());
  const app = createHealthApp({ whyNotReady }, input.metrics);
  const load = new LoadLimiter();
  let { certificate } = input;
  let callers = input.callers ?? null;
  const buildSecureContext = ({ cert, key }: Certificate, check: CallerCheck | null) => ({
    cert,
    key,
    minVersion: "TLSv1.2" as const,
    ...buildTlsOptions(check),
  });
  const limits = { handshakeTimeout: HANDSHAKE_MS, connectionsCheckingInterval: CHECK_EVERY_MS };
  const server = createServer(
    { ...buildSecureContext(certificate, callers), ...limits },
    (incoming, outgoing) => {
      if (draining) outgoing.setHeader("connection", "close");
      openResponses.add(outgoing);
      const { socket } = incoming;
      let isWhole = false;
      const onBodyRead = (): void => {
        isWhole = true;
        connections.beginAnswer(socket);
      };
      outgoing.on("close", () => {
        openResponses.delete(outgoing);
        if (isWhole) connections.endAnswer(socket);
      });
      const path = getPath(incoming.url);
      const handler = Object.hasOwn(input.routes, path) ? input.routes[path] : undefined;
      if (handler === undefined) {
        onBodyRead();
        app(incoming, outgoing);
        return;
      }
      const refused = callers === null ? null : explainRefusal(socket, callers);
      if (refused !== null) {
        const body = `${refused}\n`;
        outgoing
          .writeHead(403, { "content-type": "text/plain; charset=utf-8", connection: "close" })
          .end(body);
        const nothing = { request: null, answer: null, fault: null, milliseconds: 0 };
        input.onServed({ path, status: 403, wrong: refused, ...nothing });
        return;
      }
      void serveReview(handler, incoming, outgoing, { load, onBodyRead }).then((served) =>
        input.onServed({ path, ...served }),
      );
    },
  );
  const connections = limitConnections(server);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  await listen(server, input.port, input.host);
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: (next) => {
      // setSecureContext accepts empty texts, but then every handshake would fail
      if (next.cert === "" || next.key === "") throw new Error("the certificate or its key is empty");
      server.setSecureContext(buildSecureContext(next, callers));
      certificate = next;
    },
    setClientCa: (ca) => {
      if (callers === null) return;
      const next = { ...callers, ca };
      server.setSecureContext(buildSecureContext(certificate, next));
      callers = next;
    },
    drain: async (graceMs) => {
      draining = true;
      for (const outgoing of openResponses)
        if (!outgoing.headersSent) outgoing.setHeader("connection", "close");
      await new Promise((done) => setTimeout(done, graceMs));
      const closed = new Promise((done) => server.close(done));
      for (const outgoing of openResponses) await new Promise((done) => outgoing.once("close", done));
      // server.close waits for connections that were never used, since Node.js does not consider them idle. Repeat, since a
      // connection in a handshake is not known to Node.js yet.
      const closing = setInterval(() => server.closeAllConnections(), CLOSE_EVERY_MS);
      server.closeAllConnections();
      await closed;
      clearInterval(closing);
    },
  };
}

function getPath(url = "/"): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

// The one HTTPS server: admission on a raw handler, the rest on express. The numbers are measured, see
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

/** Longer than the API server keeps an idle connection (90 s): the one who closes must be the one who sends. */
const KEEP_ALIVE_MS = 120_000;
const HEADERS_MS = 10_000;
/** above HEADERS_MS, or node refuses the pair; below the API server's patience of at most 30 s */
const REQUEST_MS = 15_000;
/** How often node looks for connections that are over these; its own default lets them live half a minute longer. */
const LOOK_EVERY_MS = 1_000;
/** An API server shakes hands within milliseconds. */
const HANDSHAKE_MS = 10_000;

const CLOSE_EVERY_MS = 100;

export interface ServerInput {
  port: number;
  /** where to listen; undefined is everywhere */
  host?: string;
  certificate: Certificate;
  /** who may ask for reviews @default null: whoever reaches the port */
  callers?: CallerCheck | null;
  routes: Readonly<Record<string, ReviewHandler>>;
  health: Health;
  /** null: there is no /metrics */
  metrics: Exposition | null;
  onServed: (served: ServedRequest) => void;
}

export interface RunningServer {
  port: number;
  /** New handshakes get the new certificate, open connections stay; throws and keeps the old one if it is broken. */
  setCertificate(certificate: Certificate): void;
  /** Callers are checked by these CAs from the next handshake; of a text without a certificate nobody is let in. */
  setClientCa(ca: string): void;
  /**
   * Loses no request: says "Connection: close" in every answer for `graceMs`, while endpoints propagate, and
   * only then stops listening and waits for what is under way.
   */
  drain(graceMs: number): Promise<void>;
}

/** Starts listening; rejects when it cannot. */
export async function startServer(input: ServerInput): Promise<RunningServer> {
  let draining = false;
  const underWay = new Set<ServerResponse>();
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
  const limits = { handshakeTimeout: HANDSHAKE_MS, connectionsCheckingInterval: LOOK_EVERY_MS };
  const server = createServer(
    { ...buildSecureContext(certificate, callers), ...limits },
    (incoming, outgoing) => {
      if (draining) outgoing.setHeader("connection", "close");
      underWay.add(outgoing);
      const { socket } = incoming;
      let isWhole = false;
      const onWhole = (): void => {
        isWhole = true;
        connections.beginAnswer(socket);
      };
      outgoing.on("close", () => {
        underWay.delete(outgoing);
        if (isWhole) connections.endAnswer(socket);
      });
      const path = pathIn(incoming.url);
      const handler = Object.hasOwn(input.routes, path) ? input.routes[path] : undefined;
      if (handler === undefined) {
        onWhole();
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
      void serveReview(handler, incoming, outgoing, { load, onWhole }).then((served) =>
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
      // to TLS an empty text is none: it would be taken, and every handshake would fail
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
      for (const outgoing of underWay) if (!outgoing.headersSent) outgoing.setHeader("connection", "close");
      await new Promise((done) => setTimeout(done, graceMs));
      const closed = new Promise((done) => server.close(done));
      for (const outgoing of underWay) await new Promise((done) => outgoing.once("close", done));
      // a connection that was opened and never used is not idle to node, and would be waited for without end; one that is
      // still shaking hands is not yet among those that node knows
      const closing = setInterval(() => server.closeAllConnections(), CLOSE_EVERY_MS);
      server.closeAllConnections();
      await closed;
      clearInterval(closing);
    },
  };
}

function pathIn(url = "/"): string {
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

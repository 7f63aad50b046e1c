// A network that fails on demand, in front of any S3 server: a proxy that applies the requested fault to each request.
// It forwards headers unchanged, including Host, so that signatures stay valid.
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { renderErrorXml } from "./standIn.ts";

/** What happens to one request. The server carries out `lost` and `mute` requests. */
export type ProxyFault =
  /** it is forwarded */
  | { is: "pass" }
  /** it is forwarded after a delay */
  | { is: "delay"; ms: number }
  /** carried out; the connection is cut instead of an answer */
  | { is: "lost" }
  /** carried out; the connection stays open without an answer */
  | { is: "mute" }
  /** carried out; the connection is cut in the middle of the answer's body */
  | { is: "torn" }
  /** carried out; the answer's body stops in the middle, and the connection stays open */
  | { is: "stuck" }
  /** not carried out; the connection is cut */
  | { is: "reset" }
  /** not carried out; the connection stays open without an answer */
  | { is: "hang" }
  /** not carried out; this is the answer. @param code for a body of S3's XML @param body instead of that */
  | {
      is: "answer";
      status: number;
      code?: string;
      message?: string;
      body?: string;
      headers?: Record<string, string>;
    };

export interface PassedRequest {
  method: string;
  /** path without the query: /BUCKET/KEY */
  path: string;
  fault: ProxyFault["is"];
  /** of the server; null if the request was not forwarded */
  status: number | null;
}

export interface FaultProxy {
  /** replaces the server's URL */
  readonly url: string;
  /** every request so far, in order */
  readonly log: readonly PassedRequest[];
  /** Sets the faults of the next requests, one each, regardless of `always`. */
  next(...faults: readonly ProxyFault[]): void;
  /** Sets the fault of all requests from now on; null forwards them. */
  always(
    choose: ((request: { method: string; path: string; count: number }) => ProxyFault | null) | null,
  ): void;
  /** Ends the proxy and all connections, including hanging ones. */
  stop(): Promise<void>;
}

/** @param target URL of the server, http */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const queue: ProxyFault[] = [];
  const log: PassedRequest[] = [];
  let choose: Parameters<FaultProxy["always"]>[0] = null;
  const server = createServer((incoming, response) => {
    const method = incoming.method ?? "";
    const [path = ""] = (incoming.url ?? "").split("?");
    const fault = queue.shift() ?? choose?.({ method, path, count: log.length }) ?? { is: "pass" };
    const entry: PassedRequest = { method, path, fault: fault.is, status: null };
    log.push(entry);
    // cutting connections is intended
    incoming.on("error", () => undefined);
    response.on("error", () => undefined);
    void meet({ fault, incoming, response, target, entry });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    next: (...faults) => void queue.push(...faults),
    always: (given) => {
      choose = given;
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

interface FaultEncounter {
  fault: ProxyFault;
  incoming: IncomingMessage;
  response: ServerResponse;
  target: string;
  entry: PassedRequest;
}

async function meet(meeting: FaultEncounter): Promise<void> {
  const { fault, incoming, response } = meeting;
  const sent = await readBody(incoming);
  switch (fault.is) {
    case "hang":
      return;
    case "reset":
      return cut(incoming);
    case "answer": {
      const xml = fault.code === undefined ? "" : renderErrorXml(fault.code, fault.message ?? "");
      response.writeHead(fault.status, fault.headers).end(fault.body ?? xml);
      return;
    }
    case "delay":
      await pause(fault.ms);
      return goOn(meeting, sent);
    default:
      return goOn(meeting, sent);
  }
}

/** Forwards the request, and applies the fault to the answer. */
async function goOn(
  { fault, incoming, response, target, entry }: FaultEncounter,
  sent: Buffer,
): Promise<void> {
  const answer = await carryOut(target, incoming, sent).catch(() => null);
  // the server has ended, so the connection is cut
  if (answer === null) return cut(incoming);
  entry.status = answer.status;
  if (fault.is === "lost") return cut(incoming);
  if (fault.is === "mute") return;
  response.writeHead(answer.status, answer.headers);
  if (fault.is !== "torn" && fault.is !== "stuck") {
    response.end(answer.body);
    return;
  }
  response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => {
    if (fault.is === "torn") cut(incoming);
  });
}

/** RST, like a host that is gone. */
const cut = (incoming: IncomingMessage): void => {
  incoming.socket.resetAndDestroy();
};

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Forwards the request unchanged, and reads the whole answer. */
function carryOut(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: string[]; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target);
    const outgoing = request(
      { hostname, port, method: incoming.method, path: incoming.url, setHost: false, agent: false },
      (answer) => {
        readBody(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.rawHeaders, body: text }),
          reject,
        );
      },
    );
    const headers = incoming.rawHeaders;
    for (let index = 0; index + 1 < headers.length; index += 2)
      outgoing.setHeader(headers[index] ?? "", headers[index + 1] ?? "");
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

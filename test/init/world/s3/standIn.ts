// A stand-in for an S3 server, for tests that only need npm: GET and PUT of one bucket's objects in path style, with
// ETags, If-None-Match: * and If-Match, and errors in S3's XML. It does not check signatures. No maintained npm package
// supports If-Match (@20minutes/s3rver 5.0.0 supports If-None-Match only for GET). objects.real.ts compares its
// behaviour with a real server.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface StandInOptions {
  /** @default boot */
  bucket?: string;
  /** ignored: like servers without conditional writes, which do not report that @default kept */
  conditions?: "kept" | "ignored";
  /** PEM; makes it use HTTPS */
  tls?: { key: string; cert: string };
}

export interface StandIn {
  readonly url: string;
  readonly bucket: string;
  /** the stored objects by key, which tests may read and change */
  readonly objects: Map<string, Buffer>;
  /** the headers of every request so far */
  readonly requests: { method: string; key: string; headers: IncomingMessage["headers"] }[];
  stop(): Promise<void>;
}

export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const { bucket = "boot", conditions = "kept", tls } = options;
  const objects = new Map<string, Buffer>();
  const requests: StandIn["requests"] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    // no await from here on, so concurrent requests are handled one after the other
    request.on("end", () => {
      const { pathname } = new URL(request.url ?? "/", "http://s3");
      const [, asked = "", ...rest] = decodeURIComponent(pathname).split("/");
      const { method = "", headers } = request;
      const key = rest.join("/");
      requests.push({ method, key, headers });
      const body = Buffer.concat(chunks);
      const there = objects.get(key);
      const answer =
        asked === bucket
          ? answerTo({ method, headers: conditions === "kept" ? headers : {}, body, there })
          : fault(404, "NoSuchBucket");
      if (method === "PUT" && answer.status === 200) objects.set(key, body);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  };
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    bucket,
    objects,
    requests,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

interface S3Request {
  method: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** the object stored under that key */
  there: Buffer | undefined;
}

interface Answer {
  status: number;
  headers: Record<string, string | number>;
  body: Buffer | string;
}

function answerTo({ method, headers, body, there }: S3Request): Answer {
  if (method === "GET") {
    if (there === undefined) return fault(404, "NoSuchKey");
    return {
      status: 200,
      headers: { etag: computeEtag(there), "content-length": there.length },
      body: there,
    };
  }
  if (method !== "PUT") return fault(501, "NotImplemented");
  return whyUnmet(headers, there) ?? { status: 200, headers: { etag: computeEtag(body) }, body: "" };
}

const computeEtag = (body: Buffer): string => `"${createHash("md5").update(body).digest("hex")}"`;

/** As in AWS: a condition on a missing object gives a 404. */
function whyUnmet(headers: S3Request["headers"], there: Buffer | undefined): Answer | null {
  const wanted = headers["if-match"];
  if (headers["if-none-match"] === "*" && there !== undefined) return fault(412, "PreconditionFailed");
  if (wanted === undefined) return null;
  if (there === undefined) return fault(404, "NoSuchKey");
  return wanted === computeEtag(there) ? null : fault(412, "PreconditionFailed");
}

const fault = (status: number, code: string): Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body: renderErrorXml(code, `it is ${code}`),
});

/** The body of an S3 error. */
export function renderErrorXml(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>1</RequestId></Error>`;
}

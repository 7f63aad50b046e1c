// A stand-in for the API server with one cluster-scoped resource: lists in pages, watches with their history, GETs.
// Tests can replace its answers and break connections.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { ApiAccess } from "../../../webhook/cluster/access.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";

/** Shared by all tests, since generating keys takes long. */
let certificate: ReturnType<typeof issueSelfSigned> | undefined;

export const THINGS_PATH = "/apis/rollcall.test/v1/things";

export interface Thing {
  metadata: {
    name: string;
    uid: string;
    generation: number;
    resourceVersion: string;
    creationTimestamp: string;
  };
  spec: unknown;
}

interface Event {
  readonly type: string;
  readonly object: unknown;
}

/** Answers a request instead of the stand-in; false: the stand-in answers. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The resource. */
export interface ServedKind {
  /** path of the resource */
  readonly path: string;
  /** apiVersion and kind of each object */
  readonly fields: Readonly<Record<string, string>>;
}

const THINGS: ServedKind = { path: THINGS_PATH, fields: {} };

export class ResourceStandIn {
  readonly things = new Map<string, Thing>();
  /** all events since the start, each with the version of its object */
  readonly history: Event[] = [];
  /** "GET /path?query" in order */
  readonly requests: string[] = [];
  pageSize = 2;
  instead: Instead = () => false;
  #version = 100;
  #uids = 0;
  #server: Server;
  readonly #watches = new Set<ServerResponse>();
  readonly #ca: string;
  readonly #kind: ServedKind;
  readonly port: number;

  private constructor(server: Server, ca: string, kind: ServedKind) {
    this.#server = server;
    this.#ca = ca;
    this.#kind = kind;
    this.port = (server.address() as AddressInfo).port;
    this.#serve(server);
  }

  static async start(kind: ServedKind = THINGS): Promise<ResourceStandIn> {
    certificate ??= issueSelfSigned(["127.0.0.1"], new Date());
    const { key, cert, ca } = await certificate;
    const server = createServer({ key, cert });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new ResourceStandIn(server, ca, kind);
  }

  /** Its URL and CA. */
  cluster(): { server: string; ca: string } {
    return { server: `https://127.0.0.1:${this.port}`, ca: this.#ca };
  }

  access(): ApiAccess {
    return buildAccess(this.cluster());
  }

  /** Breaks all connections, and accepts none until `comeBack`. */
  async goAway(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    this.#watches.clear();
    await closed;
  }

  async comeBack(): Promise<void> {
    const { key, cert } = await (certificate ?? Promise.reject(new Error("it was never started")));
    this.#server = createServer({ key, cert });
    this.#serve(this.#server);
    await new Promise<void>((done) => this.#server.listen(this.port, "127.0.0.1", done));
  }

  get version(): string {
    return String(this.#version);
  }

  get watching(): number {
    return this.#watches.size;
  }

  /** Creates an object, or changes its spec. */
  apply(name: string, spec: unknown = null): Thing {
    const before = this.things.get(name);
    this.#version += 1;
    const resourceVersion = String(this.#version);
    this.#uids += before === undefined ? 1 : 0;
    const metadata = before?.metadata ?? {
      name,
      uid: `uid-${this.#uids}`,
      generation: 0,
      creationTimestamp: new Date(this.#version * 1000).toISOString(),
    };
    const thing = {
      ...this.#kind.fields,
      metadata: { ...metadata, generation: metadata.generation + 1, resourceVersion },
      spec,
    };
    this.things.set(name, thing);
    this.tell({ type: before === undefined ? "ADDED" : "MODIFIED", object: thing });
    return thing;
  }

  delete(name: string): void {
    const thing = this.things.get(name);
    if (thing === undefined) throw new Error(`there is no ${name}`);
    this.things.delete(name);
    this.#version += 1;
    const metadata = { ...thing.metadata, resourceVersion: this.version };
    this.tell({ type: "DELETED", object: { ...thing, metadata } });
  }

  /** Sends an event to all watches, including those that begin before it. */
  tell(event: Event): void {
    this.history.push(event);
    this.write(`${JSON.stringify(event)}\n`);
  }

  bookmark(): void {
    this.write(
      `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: this.version } } })}\n`,
    );
  }

  /** Writes a text to all watches. */
  write(text: string | Buffer): void {
    for (const watch of this.#watches) watch.write(text);
  }

  /** Ends the watches like an API server after their timeout. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }

  breakWatches(): void {
    for (const watch of this.#watches) watch.destroy();
    this.#watches.clear();
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goAway();
  }

  #serve(server: Server): void {
    server.on("request", (request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      if (this.instead(request, response)) return;
      const url = new URL(request.url ?? "", "https://api");
      const { path } = this.#kind;
      if (url.pathname !== path) this.#onThing(url.pathname.slice(path.length + 1), response);
      else if (url.searchParams.get("watch") === "true") this.#onWatch(url.searchParams, response);
      else this.#onList(url.searchParams, response);
    });
  }

  #onThing(name: string, response: ServerResponse): void {
    const thing = this.things.get(name);
    if (thing === undefined) refuse(response, 404, { reason: "NotFound" });
    else response.writeHead(200).end(JSON.stringify(thing));
  }

  #onList(query: URLSearchParams, response: ServerResponse): void {
    const all = [...this.things.values()];
    const from = Number(query.get("continue") ?? 0);
    const next = from + this.pageSize < all.length ? { continue: String(from + this.pageSize) } : {};
    const metadata = { resourceVersion: this.version, ...next };
    const items = all.slice(from, from + this.pageSize);
    response.writeHead(200).end(JSON.stringify({ kind: "ThingList", metadata, items }));
  }

  #onWatch(query: URLSearchParams, response: ServerResponse): void {
    const from = BigInt(query.get("resourceVersion") ?? 0);
    response.writeHead(200);
    response.flushHeaders();
    this.#watches.add(response);
    response.on("close", () => this.#watches.delete(response));
    for (const event of this.history) {
      const { metadata } = event.object as Thing;
      if (BigInt(metadata.resourceVersion) > from) response.write(`${JSON.stringify(event)}\n`);
    }
  }
}

/** A client's access to a stand-in. */
export const buildAccess = ({ server, ca }: { server: string; ca: string }): ApiAccess => ({
  server,
  readCredentials: () => Promise.resolve({ ca, token: "t" }),
});

export function refuse(
  response: ServerResponse,
  code: number,
  more: object = {},
  headers: object = {},
): void {
  const status = { kind: "Status", status: "Failure", code, message: `refused with ${code}`, ...more };
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(status));
}

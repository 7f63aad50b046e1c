// A stand-in for the API server with what the runner uses: Leases, its StatefulSet, its namespace. It serves HTTPS on
// loopback with a bearer token and has the permissions of the ClusterRole rollcall-member. It has no watches, runs no
// controllers and keeps everything in memory.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from "node:net";
import type { Certificate } from "../../tls/selfSigned.ts";
import { type LeaseReply, LeaseStore, type StoredLease } from "./leases.ts";

export class ApiStandIn {
  readonly #server: Server;
  #door: SocketServer | null = null;
  readonly #leases = new LeaseStore();
  readonly #objects = new Map<string, unknown>();
  /** the CA of its certificate, as PEM */
  readonly ca: string;
  /** the bearer token that clients must send */
  readonly token: string = randomUUID();

  private constructor(certificate: Certificate) {
    this.ca = certificate.ca;
    const { cert, key } = certificate;
    this.#server = createServer({ cert, key, minVersion: "TLSv1.2" }, (incoming, outgoing) => {
      void this.#serve(incoming, outgoing);
    });
  }

  /** @param certificate for 127.0.0.1 */
  static async start(certificate: Certificate): Promise<ApiStandIn> {
    const api = new ApiStandIn(certificate);
    await new Promise<void>((resolve, reject) => {
      api.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return api;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Serves at a Unix socket as well, for clients without this machine's network. */
  async listenAt(path: string): Promise<void> {
    const door = createSocketServer((socket) => this.#server.emit("connection", socket));
    await new Promise<void>((resolve, reject) => door.once("error", reject).listen(path, resolve));
    this.#door = door;
  }

  /** Creates or replaces a StatefulSet, and creates its namespace. */
  putStatefulSet(namespace: string, name: string, object: Readonly<Record<string, unknown>>): void {
    this.#objects.set(statefulSetPath(namespace, name), object);
    this.#objects.set(namespacePath(namespace), {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
      status: { phase: "Active" },
    });
  }

  /** The current Lease, or null. */
  lease(namespace: string, name: string): StoredLease | null {
    return this.#leases.peek(namespace, name);
  }

  /** Deletes a Lease, as an admin would. */
  removeLease(namespace: string, name: string): void {
    this.#leases.remove(namespace, name);
  }

  async close(): Promise<void> {
    this.#door?.close();
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readBody(incoming).catch(() => null);
    // the client has disconnected
    if (body === null) return;
    const reply = this.#answer(incoming, body);
    const { code } = reply;
    const object = "object" in reply ? reply.object : { ...STATUS, status: "Failure", ...reply };
    outgoing.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(object));
  }

  #answer({ method = "", url = "", headers }: IncomingMessage, body: string): LeaseReply {
    if (headers.authorization !== `Bearer ${this.token}`) {
      return { code: 401, reason: "Unauthorized", message: "Unauthorized" };
    }
    const path = url.split("?")[0] ?? "";
    const [, namespace, name] = LEASE_PATH.exec(path) ?? [];
    if (namespace !== undefined) return this.#onLease(method, namespace, name ?? null, body);
    if (method !== "GET" || !READABLE.test(path)) return forbidden(method, path);
    const object = this.#objects.get(path);
    if (object !== undefined) return { code: 200, object };
    return { code: 404, reason: "NotFound", message: `${path} not found` };
  }

  #onLease(method: string, namespace: string, name: string | null, body: string): LeaseReply {
    if (method === "GET" && name !== null) return this.#leases.get(namespace, name);
    const isWrite = (method === "POST" && name === null) || (method === "PUT" && name !== null);
    if (!isWrite) return forbidden(method, "leases");
    let object: unknown;
    try {
      object = JSON.parse(body);
    } catch {
      return { code: 400, reason: "BadRequest", message: "the body is not JSON" };
    }
    return name === null
      ? this.#leases.create(namespace, object)
      : this.#leases.update(namespace, name, object);
  }
}

const STATUS = { apiVersion: "v1", kind: "Status" };

const statefulSetPath = (namespace: string, name: string): string =>
  `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`;
const namespacePath = (namespace: string): string => `/api/v1/namespaces/${namespace}`;

const READABLE = /^(\/apis\/apps\/v1\/namespaces\/[^/]+\/statefulsets\/[^/]+|\/api\/v1\/namespaces\/[^/]+)$/;
const LEASE_PATH = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/;

const forbidden = (method: string, what: string): LeaseReply => ({
  code: 403,
  reason: "Forbidden",
  message: `rollcall-member cannot ${method} ${what}`,
});

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8");
}

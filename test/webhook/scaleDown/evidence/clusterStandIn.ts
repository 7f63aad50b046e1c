// A stand-in for the API server with what evidence needs: real HTTPS with a token, objects, Leases with resource
// versions, lists in pages, SubjectAccessReviews. It can be slow, refuse, and answer anything.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type LeaseReply, LeaseStore } from "../../../../webhook/cli/try/leases.ts";
import type { ApiAccess } from "../../../../webhook/cluster/access.ts";
import { issueSelfSigned } from "../../../../webhook/tls/selfSigned.ts";

const TOKEN = "sentinel.token";

/** Shared by all tests, since generating keys takes long. */
let certificate: ReturnType<typeof issueSelfSigned> | undefined;

interface RawPod {
  metadata: { name: string; labels?: Record<string, string> };
}

/** An answer instead of that of the stand-in; "hang": no answer. */
type Instead = (method: string, path: string) => { status: number; text: string } | "hang" | null;

export class ClusterStandIn {
  readonly leases = new LeaseStore();
  /** by path */
  readonly objects = new Map<string, unknown>();
  pods: RawPod[] = [];
  /** permissions that no account has: "get statefulsets" */
  readonly forbidden = new Set<string>();
  /** "GET /api/v1/..." in order */
  readonly requests: string[] = [];
  /** the bodies of the SubjectAccessReviews */
  readonly reviews: { spec: Record<string, unknown> }[] = [];
  instead: Instead = () => null;
  /** called when a Lease has been read, before the reader has it */
  afterLeaseRead: () => void = () => undefined;
  readonly #server: Server;
  readonly #ca: string;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.#ca = ca;
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<ClusterStandIn> {
    certificate ??= issueSelfSigned(["127.0.0.1"], new Date());
    const { key, cert, ca } = await certificate;
    const server = createServer({ key, cert });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new ClusterStandIn(server, ca);
  }

  /** The access of a client. */
  access(token: string = TOKEN): ApiAccess {
    const { port } = this.#server.address() as AddressInfo;
    return {
      server: `https://127.0.0.1:${port}`,
      readCredentials: () => Promise.resolve({ ca: this.#ca, token }),
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "" } = request;
    this.requests.push(`${method} ${url}`);
    const instead = this.instead(method, url);
    if (instead === "hang") return;
    if (instead !== null) return void response.writeHead(instead.status).end(instead.text);
    const reply: LeaseReply =
      request.headers.authorization === `Bearer ${TOKEN}`
        ? this.#answer(method, new URL(url, "https://api"), body)
        : { code: 401, reason: "Unauthorized", message: "Unauthorized" };
    const { code } = reply;
    const object = "object" in reply ? reply.object : { kind: "Status", status: "Failure", ...reply };
    response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(object));
  }

  #answer(method: string, { pathname, searchParams }: URL, body: string): LeaseReply {
    const [, namespace, name] = LEASE.exec(pathname) ?? [];
    if (namespace !== undefined) return this.#onLease(method, { namespace, name }, body);
    if (pathname.endsWith("/subjectaccessreviews")) return this.#onReview(body);
    if (/\/pods$/.test(pathname)) return { code: 200, object: this.#pageOf(searchParams) };
    const object = this.objects.get(pathname);
    if (object !== undefined) return { code: 200, object };
    return { code: 404, reason: "NotFound", message: `${pathname} not found` };
  }

  #onLease(method: string, at: { namespace: string; name: string | undefined }, body: string): LeaseReply {
    const { namespace, name = "" } = at;
    if (method === "POST") return this.leases.create(namespace, JSON.parse(body));
    if (method === "PUT") return this.leases.update(namespace, name, JSON.parse(body));
    const read = this.leases.get(namespace, name);
    this.afterLeaseRead();
    return read;
  }

  #onReview(body: string): LeaseReply {
    const review = JSON.parse(body) as (typeof this.reviews)[number];
    this.reviews.push(review);
    const { verb, resource } = review.spec["resourceAttributes"] as { verb: string; resource: string };
    const status = { allowed: !this.forbidden.has(`${verb} ${resource}`) };
    return { code: 201, object: { ...review, status } };
  }

  /** Two items at a time, whatever the limit. */
  #pageOf(query: URLSearchParams): unknown {
    const wanted = (query.get("labelSelector") ?? "").split(",").filter((each) => each !== "");
    const matching = this.pods.filter(({ metadata }) =>
      wanted.every((each) => {
        const [key = "", value] = each.split("=");
        return metadata.labels?.[key] === value;
      }),
    );
    const from = Number(query.get("continue") ?? 0);
    const next = from + 2 < matching.length ? { continue: String(from + 2) } : {};
    return {
      kind: "PodList",
      metadata: { resourceVersion: "1", ...next },
      items: matching.slice(from, from + 2),
    };
  }
}

const LEASE = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/;

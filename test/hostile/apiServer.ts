// A stand-in for the API server that answers every request of the webhook. Tests replace its answers by slow, endless
// or wrong ones.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { parseAllDocuments } from "yaml";
import { issueSelfSigned } from "../../webhook/tls/selfSigned.ts";

type StoredObject = Record<string, unknown> & { metadata: Record<string, unknown> };

/** Answers instead of the stand-in; false: the stand-in answers. */
type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;

const PROFILES = "/apis/rollcall.dev/v1alpha1/rollcallprofiles";

const ENTRIES = ["pods.mutate", "pods.validate", "statefulsets.validate"];

const configuration = () => ({
  metadata: { name: "rollcall" },
  webhooks: ENTRIES.map((name) => ({ name, clientConfig: { caBundle: "" } })),
});

export class HostileApiServer {
  readonly ca: string;
  readonly objects = new Map<string, StoredObject>();
  instead: Instead = () => false;
  /** such as "GET /api/v1/pods?limit=500", in order */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  #version = 1;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
    server.on("request", (request, response) => void this.#serve(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.put("/api/v1/namespaces/rollcall-system/pods/rollcall-1", {
      metadata: { name: "rollcall-1" },
      spec: { containers: [], initContainers: [{ name: "init-image", image: "registry.local/init:1" }] },
    });
    for (const kind of ["mutating", "validating"]) {
      this.put(
        `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/rollcall`,
        configuration(),
      );
    }
  }

  static async start(): Promise<HostileApiServer> {
    const { cert, key, ca } = await issueSelfSigned(["127.0.0.1"], new Date());
    const server = createServer({ cert, key });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new HostileApiServer(server, ca);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Sets the stored RollcallProfiles from YAML. */
  putProfiles(text: string): void {
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as StoredObject;
      const name = String(object.metadata["name"]);
      const metadata = { name, uid: `uid-${name}`, generation: 1, creationTimestamp: "2026-01-01T00:00:00Z" };
      this.put(`${PROFILES}/${name}`, { ...object, metadata });
    }
  }

  put(path: string, object: StoredObject): void {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.objects.set(path, { ...object, metadata });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    this.asked.push(`${method} ${url}`);
    if (this.instead(request, response)) return;
    if (url.startsWith(`${PROFILES}?`) && new URL(url, "https://a").searchParams.get("watch") === "true") {
      // profiles never change, so the watch stays silent
      response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
      return;
    }
    const chunks = await request.toArray().catch(() => []);
    const [status, body] = this.#answer(method, url.split("?")[0] ?? "", Buffer.concat(chunks).toString());
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  #answer(method: string, path: string, text: string): [number, unknown] {
    const found = this.objects.get(path);
    switch (method) {
      case "GET": {
        if (found !== undefined) return [200, found];
        if (path === PROFILES) return [200, this.#listProfiles()];
        const isList = /\/(pods|statefulsets|poddisruptionbudgets)$/.test(path);
        return isList
          ? [200, { metadata: {}, items: [] }]
          : [404, { kind: "Status", code: 404, message: `${path} not found` }];
      }
      case "POST": {
        const body = JSON.parse(text) as StoredObject;
        if (path.endsWith("subjectaccessreviews")) return [201, { ...body, status: { allowed: true } }];
        this.put(`${path}/${String(body.metadata["name"])}`, body);
        return [201, body];
      }
      case "PUT":
        this.put(path, JSON.parse(text) as StoredObject);
        return [200, this.objects.get(path)];
      case "PATCH":
        return [200, this.#patch(path, text)];
      default:
        return [405, {}];
    }
  }

  #listProfiles(): unknown {
    const items = [...this.objects]
      .filter(([path]) => path.startsWith(`${PROFILES}/`))
      .map(([, each]) => each);
    const kind = { apiVersion: "rollcall.dev/v1alpha1", kind: "RollcallProfileList" };
    return { ...kind, metadata: { resourceVersion: String(this.#version) }, items };
  }

  /** Only for webhook configurations: sets the CA bundle of one entry. */
  #patch(path: string, text: string): unknown {
    const found = this.objects.get(path) as ReturnType<typeof configuration> | undefined;
    const patch: unknown = JSON.parse(text);
    for (const { path: place, value } of Array.isArray(patch) ? patch : []) {
      const index = /^\/webhooks\/(\d+)\/clientConfig\/caBundle$/.exec(String(place))?.[1];
      const entry = found?.webhooks[Number(index ?? -1)];
      if (entry !== undefined) entry.clientConfig.caBundle = String(value);
    }
    return found ?? {};
  }
}

// A stand-in for an API server with a healthy installation of Rollcall, which tests damage: objects by path, lists,
// a dry run of a StatefulSet and access reviews.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { readExpectedObjects } from "../../../../webhook/cli/doctor/expected.ts";
import { readKubeconfigAccess } from "../../../../webhook/cli/doctor/kubeconfig.ts";
import type { CheckReport } from "../../../../webhook/cli/doctor/report.ts";
import { type DoctorOptions, runChecks } from "../../../../webhook/cli/doctor/runChecks.ts";
import { issueSelfSigned } from "../../../../webhook/tls/selfSigned.ts";
import { renderGenericYaml, type YamlFields } from "../../../profileYaml.ts";
import { type CliResult, runProgram } from "../cli.ts";

type Json = Record<string, unknown>;

/** Answers a request instead of the stand-in; false: the stand-in answers. */
type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;

export const WEBHOOK_NAMESPACE = "rollcall-system";

/** Shared, since generating keys takes long. */
let certificates: Promise<
  Record<"server" | "webhook" | "other", Awaited<ReturnType<typeof issueSelfSigned>>>
>;

const HOST = `rollcall.${WEBHOOK_NAMESPACE}.svc` as const;

async function issueCertificates() {
  const now = new Date();
  const [server, webhook, other] = await Promise.all([
    issueSelfSigned(["127.0.0.1"], now),
    issueSelfSigned([HOST], now),
    issueSelfSigned([HOST], now),
  ]);
  return { server, webhook, other };
}

/** API path of each kind's list, and whether it has namespaces. */
const PLACES: Readonly<Record<string, readonly [api: string, resource: string, isNamespaced?: boolean]>> = {
  Namespace: ["/api/v1", "namespaces"],
  Node: ["/api/v1", "nodes"],
  Pod: ["/api/v1", "pods", true],
  Secret: ["/api/v1", "secrets", true],
  Service: ["/api/v1", "services", true],
  ServiceAccount: ["/api/v1", "serviceaccounts", true],
  Deployment: ["/apis/apps/v1", "deployments", true],
  StatefulSet: ["/apis/apps/v1", "statefulsets", true],
  PodDisruptionBudget: ["/apis/policy/v1", "poddisruptionbudgets", true],
  CustomResourceDefinition: ["/apis/apiextensions.k8s.io/v1", "customresourcedefinitions"],
  MutatingWebhookConfiguration: ["/apis/admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations"],
  ValidatingWebhookConfiguration: [
    "/apis/admissionregistration.k8s.io/v1",
    "validatingwebhookconfigurations",
  ],
  ValidatingAdmissionPolicy: ["/apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicies"],
  ValidatingAdmissionPolicyBinding: [
    "/apis/admissionregistration.k8s.io/v1",
    "validatingadmissionpolicybindings",
  ],
  ClusterRole: ["/apis/rbac.authorization.k8s.io/v1", "clusterroles"],
  ClusterRoleBinding: ["/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"],
  Role: ["/apis/rbac.authorization.k8s.io/v1", "roles", true],
  RoleBinding: ["/apis/rbac.authorization.k8s.io/v1", "rolebindings", true],
  RollcallProfile: ["/apis/rollcall.dev/v1alpha1", "rollcallprofiles"],
};

const RC101 =
  'admission webhook "statefulsets.validate.rollcall.dev" denied the request: rollcall RC101 profile-not-found: profile "x" does not exist.';

export class InstallationStandIn {
  /** by "Kind/name" or "Kind/namespace/name" */
  readonly objects = new Map<string, Json>();
  /** "METHOD /path?query" in order */
  readonly requests: string[] = [];
  readonly webhook: Awaited<ReturnType<typeof issueSelfSigned>>;
  readonly otherCa: string;
  version = { major: "1", minor: "37", gitVersion: "v1.37.2" };
  /** status and message of the dry run */
  dryRun: [number, string] = [403, RC101];
  /** "verb resource" that the webhook's account may not do */
  readonly withheld = new Set<string>();
  instead: Instead = () => false;
  readonly #server: Server;
  readonly #ca: string;
  readonly #folder: string;

  private constructor(server: Server, folder: string, issued: Awaited<typeof certificates>) {
    this.#server = server;
    this.#folder = folder;
    this.#ca = issued.server.ca;
    this.webhook = issued.webhook;
    this.otherCa = issued.other.ca;
    server.on("request", (request, response) => this.#answer(request, response));
  }

  static async start(): Promise<InstallationStandIn> {
    certificates ??= issueCertificates();
    const issued = await certificates;
    const server = createServer({ key: issued.server.key, cert: issued.server.cert });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const folder = await mkdtemp(join(tmpdir(), "rollcall-test-"));
    const cluster = new InstallationStandIn(server, folder, issued);
    await cluster.#install();
    await writeFile(cluster.kubeconfig, JSON.stringify(cluster.#buildKubeconfig()));
    return cluster;
  }

  get kubeconfig(): string {
    return join(this.#folder, "config");
  }

  get server(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Runs `rollcall doctor` from this checkout: the bundle of a test run has no manifests beside it. */
  doctor(...argv: readonly string[]): Promise<CliResult> {
    return runDoctor({}, "--kubeconfig", this.kubeconfig, ...argv);
  }

  /** Runs the checks in this process: a start of the command takes seconds on a busy machine. */
  async runChecks(words: Partial<DoctorOptions> = {}): Promise<CheckReport[]> {
    const full = { kubeconfig: this.kubeconfig, probe: false, program: ["rollcall"] as const, ...words };
    return [...(await runChecks(full, await readKubeconfigAccess(full))).reports];
  }

  put(kind: string, object: Json): void {
    this.objects.set(buildKey(kind, object), { kind, ...object });
  }

  /** The stored object, to be changed. */
  get<T = Json>(key: string): T {
    const found = this.objects.get(key);
    if (found === undefined) throw new Error(`there is no ${key}: ${[...this.objects.keys()].join(", ")}`);
    return found as T;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #buildKubeconfig(): Json {
    const data = Buffer.from(this.#ca).toString("base64");
    return {
      "current-context": "test",
      contexts: [{ name: "test", context: { cluster: "c", user: "u", namespace: "shop" } }],
      clusters: [{ name: "c", cluster: { server: this.server, "certificate-authority-data": data } }],
      users: [{ name: "u", user: { token: "secret-token" } }],
    };
  }

  async #install(): Promise<void> {
    for (const { kind, object } of await readExpectedObjects({ namespace: WEBHOOK_NAMESPACE }))
      this.put(kind, fillDefaults(kind, structuredClone(object) as Json));
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    const { cert, key, ca } = this.webhook;
    const data = { "tls.crt": encode(cert), "tls.key": encode(key), "ca.crt": encode(ca) };
    this.put("Secret", { metadata: { name: "rollcall-tls", namespace: WEBHOOK_NAMESPACE }, data });
    for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
      for (const { clientConfig } of this.get<Configuration>(`${kind}/rollcall`).webhooks)
        clientConfig.caBundle = encode(ca);
    Object.assign(this.get(`Deployment/${WEBHOOK_NAMESPACE}/rollcall`), {
      status: { readyReplicas: 2, updatedReplicas: 2 },
    });
    Object.assign(this.get("CustomResourceDefinition/rollcallprofiles.rollcall.dev"), {
      status: {
        conditions: ["NamesAccepted", "Established"].map((type) => ({ type, status: "True" })),
      },
    });
    this.put("RollcallProfile", buildStoredProfile("demo"));
    this.put("StatefulSet", buildSet("web", "demo"));
    this.put("Pod", buildStoredPod("web-0", "demo", true));
    this.put("Node", buildNode("n1", "v1.37.2", "containerd://2.3.1"));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    if (this.instead(request, response)) return;
    if (request.headers.authorization !== "Bearer secret-token") {
      sendRefusal(response, 401, "Unauthorized");
      return;
    }
    const url = new URL(request.url ?? "", "https://api");
    if (request.method === "GET") {
      this.#read(url, response);
      return;
    }
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => this.#review(url, JSON.parse(body) as Json, response));
  }

  #review({ pathname, searchParams }: URL, body: Json, response: ServerResponse): void {
    if (pathname === "/apis/authorization.k8s.io/v1/subjectaccessreviews") {
      const { resourceAttributes } = body["spec"] as {
        resourceAttributes: { verb: string; resource: string };
      };
      const allowed = !this.withheld.has(`${resourceAttributes.verb} ${resourceAttributes.resource}`);
      send(response, 201, { ...body, status: { allowed } });
      return;
    }
    if (pathname === "/apis/apps/v1/namespaces/shop/statefulsets" && searchParams.get("dryRun") === "All") {
      const [status, message] = this.dryRun;
      if (status === 201) send(response, 201, body);
      else sendRefusal(response, status, message);
      return;
    }
    sendRefusal(response, 405, "this stand-in changes nothing");
  }

  #read({ pathname, searchParams }: URL, response: ServerResponse): void {
    if (pathname === "/version") {
      send(response, 200, this.version);
      return;
    }
    for (const [kind, [api, resource]] of Object.entries(PLACES)) {
      const found = new RegExp(`^${api}(?:/namespaces/([^/]+))?/${resource}(?:/([^/]+))?$`).exec(pathname);
      if (found === null) continue;
      const [, namespace, name] = found;
      if (name !== undefined) {
        const object = this.objects.get([kind, namespace, name].filter(Boolean).join("/"));
        if (object === undefined) sendRefusal(response, 404, `${resource} "${name}" not found`);
        else send(response, 200, object);
        return;
      }
      const items = [...this.objects.entries()].flatMap(([key, object]) =>
        key.startsWith(`${kind}/`) && isSelected(object, searchParams.get("labelSelector")) ? [object] : [],
      );
      send(response, 200, { kind: `${kind}List`, metadata: { resourceVersion: "1" }, items });
      return;
    }
    sendRefusal(response, 404, `no such path: ${pathname}`);
  }
}

export interface Configuration {
  metadata: Json;
  webhooks: {
    name: string;
    failurePolicy: string;
    namespaceSelector: { matchExpressions: { values: string[] }[] };
    clientConfig: { caBundle?: string };
  }[];
}

const PROGRAM = fileURLToPath(new URL("../../../../build/bin/rollcall.js", import.meta.url));

/** @param env beside that of the test run, which `npm test` may have started or npx */
export const runDoctor = (env: NodeJS.ProcessEnv, ...argv: readonly string[]): Promise<CliResult> =>
  runProgram(process.execPath, [PROGRAM, "doctor", ...argv], {
    env: { ...process.env, npm_command: "test", ...env },
  });

function buildKey(kind: string, object: Json): string {
  const { name, namespace } = object["metadata"] as { name: string; namespace?: string };
  return [kind, namespace, name].filter(Boolean).join("/");
}

function isSelected(object: Json, selector: string | null): boolean {
  if (selector === null) return true;
  const { labels = {} } = object["metadata"] as { labels?: Record<string, string> };
  return selector.split(",").every((each) => {
    const [key = "", value] = each.split("=");
    return value === undefined ? key in labels : labels[key] === value;
  });
}

/** What a real API server adds to objects of the base (read from one of 1.37.2). */
function fillDefaults(kind: string, object: Json): Json {
  if (kind.endsWith("WebhookConfiguration")) {
    const fields = { "f:webhooks": { 'k:{"name":"a"}': { "f:clientConfig": { "f:service": {} } } } };
    const applied = { manager: "kubectl-client-side-apply", operation: "Update", fieldsV1: fields };
    Object.assign(object["metadata"] as Json, { managedFields: [applied] });
    for (const entry of object["webhooks"] as Json[]) {
      entry["matchPolicy"] = "Equivalent";
      entry["objectSelector"] ??= {};
      entry["namespaceSelector"] ??= {};
      if (kind.startsWith("Mutating")) entry["reinvocationPolicy"] ??= "Never";
      Object.assign((entry["clientConfig"] as { service: Json }).service, { port: 443 });
    }
  }
  if (kind === "ValidatingAdmissionPolicy") {
    const constraints = (object["spec"] as { matchConstraints: Json }).matchConstraints;
    constraints["matchPolicy"] = "Equivalent";
    constraints["objectSelector"] ??= {};
    constraints["namespaceSelector"] ??= {};
  }
  return object;
}

const CREATED_AT = "2026-01-01T00:00:00Z";

const STEP = { name: "seed", scope: "Pod", run: ["true"], verify: ["true"] };

interface StoredProfileInput {
  /** @default one step, so that init containers are injected */
  readonly generic?: YamlFields;
  readonly spec?: YamlFields;
  /** fields of the condition Ready @default it is True */
  readonly ready?: Json;
}

export function buildStoredProfile(name: string, input: StoredProfileInput = {}): Json {
  const { generic = { steps: [STEP], markers: { volume: "data" } }, spec = "", ready = {} } = input;
  const rendered = parse(renderGenericYaml(name, generic, spec)) as Json;
  const version = { uid: `uid-${name}`, resourceVersion: "1", generation: 1, creationTimestamp: CREATED_AT };
  const condition = { type: "Ready", status: "True", reason: "Active", message: "", ...ready };
  return {
    ...rendered,
    metadata: { name, ...version },
    status: { observedGeneration: 1, conditions: [{ lastTransitionTime: CREATED_AT, ...condition }] },
  };
}

export const buildSet = (
  name: string,
  profile: string,
  selector: Json = { "rollcall.dev/profile": profile },
): Json => ({
  metadata: { name, namespace: "shop" },
  spec: {
    selector: { matchLabels: { app: name, ...selector } },
    template: {
      metadata: { labels: { app: name, "rollcall.dev/profile": profile } },
      spec: { containers: [{ name: "app", image: "registry.example.com/app:1" }] },
    },
  },
});

export const buildStoredPod = (name: string, profile: string, isInjected: boolean): Json => ({
  metadata: { name, namespace: "shop", labels: { "rollcall.dev/profile": profile } },
  spec: {
    containers: [{ name: "app", env: [] }],
    initContainers: isInjected ? [{ name: "rollcall-install" }, { name: "rollcall-init" }] : [],
  },
  status: { phase: "Running" },
});

export const buildNode = (name: string, kubeletVersion: string, containerRuntimeVersion: string): Json => ({
  metadata: { name },
  status: { nodeInfo: { kubeletVersion, containerRuntimeVersion } },
});

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function sendRefusal(response: ServerResponse, code: number, message: string): void {
  send(response, code, { kind: "Status", status: "Failure", code, message });
}

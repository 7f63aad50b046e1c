// A STAND-IN of an API server that Helm's `lookup` asks for the StatefulSet of a release that runs. It serves nothing
// else than what Helm needs to render.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";

/** Kinds of the chart and of what is added, by group and version. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: ["Service", "ConfigMap", "ServiceAccount"],
  "apps/v1": ["StatefulSet", "Deployment"],
  "batch/v1": ["Job"],
  "policy/v1": ["PodDisruptionBudget"],
  "rbac.authorization.k8s.io/v1": ["RoleBinding"],
};

/** @param replicas spec.replicas of StatefulSet ozone/ozone-om; null: it does not exist */
export async function startLookupApi(
  replicas: number | null,
): Promise<{ kubeconfig: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const found = answer(path, replicas);
    if (found === null)
      send(response, 404, { ...STATUS, reason: "NotFound", code: 404, message: "not found" });
    else send(response, 200, found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "stand-in", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "user", user: {} }],
    contexts: [{ name: "stand-in", context: { cluster: "stand-in", user: "user" } }],
    "current-context": "stand-in",
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { kubeconfig, stop };
}

const STATUS = { kind: "Status", apiVersion: "v1", status: "Failure" };

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function answer(path: string, replicas: number | null): unknown {
  if (path === "/version") return { major: "1", minor: "34", gitVersion: "v1.34.0" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis")
    return { kind: "APIGroupList", apiVersion: "v1", groups: Object.keys(KINDS).flatMap(describeGroup) };
  const version = path.replace(/^\/apis?\//, "");
  const kinds = KINDS[version];
  if (kinds !== undefined)
    return { kind: "APIResourceList", groupVersion: version, resources: kinds.map(describeKind) };
  if (replicas === null || path !== "/apis/apps/v1/namespaces/ozone/statefulsets/ozone-om") return null;
  const metadata = { name: "ozone-om", namespace: "ozone" };
  return { apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: { replicas } };
}

function describeGroup(groupVersion: string): object[] {
  const [name = "", version = ""] = groupVersion.split("/");
  const preferred = { groupVersion, version };
  return version === "" ? [] : [{ name, versions: [preferred], preferredVersion: preferred }];
}

const describeKind = (kind: string) => ({
  name: `${kind.toLowerCase()}s`,
  singularName: kind.toLowerCase(),
  namespaced: true,
  kind,
  verbs: ["get", "list"],
});

// Reviews as the API server, or any other client of the webhook's port, may send them.

const CONTROLLER = "system:serviceaccount:kube-system:statefulset-controller";

const PODS = {
  kind: { group: "", version: "v1", kind: "Pod" },
  resource: { group: "", version: "v1", resource: "pods" },
};
const SETS = {
  kind: { group: "apps", version: "v1", kind: "StatefulSet" },
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
};

type Json = Readonly<Record<string, unknown>>;

const serializeReview = (request: Json): string =>
  JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: { uid: "u-1", namespace: "shop", operation: "CREATE", dryRun: true, ...request },
  });

/** CREATE of a pod by the StatefulSet controller. @param different replaces fields of the request */
export const buildPodReview = (object: Json, different: Json = {}): string =>
  serializeReview({ ...PODS, name: "web-0", userInfo: { username: CONTROLLER }, object, ...different });

/** CREATE of a StatefulSet by a user. */
export const setReview = (object: Json, different: Json = {}): string =>
  serializeReview({ ...SETS, name: "web", userInfo: { username: "alice" }, object, ...different });

/**
 * A pod of StatefulSet `web`. @param spec replaces fields of its spec @param metadata replaces fields of its metadata
 */
export function buildPodObject(profile: string, spec: Json = {}, metadata: Json = {}): Json {
  const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u-1", controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web-0",
      namespace: "shop",
      ...metadata,
      labels: { "rollcall.dev/profile": profile, ...(metadata["labels"] ?? {}) },
      ownerReferences: [owner, ...((metadata["ownerReferences"] as Json[] | undefined) ?? [])],
    },
    spec: { subdomain: "web", volumes: [DATA], containers: [APP], ...spec },
  };
}

export const DATA: Json = { name: "data", persistentVolumeClaim: { claimName: "data-web-0" } };
export const APP: Json = {
  name: "app",
  image: "app:1",
  volumeMounts: [{ name: "data", mountPath: "/data" }],
};

/** A StatefulSet `web` of three. @param podSpec replaces fields of its template's spec */
export function buildSetObject(
  profile: string,
  podSpec: Json = {},
  spec: Json = {},
  metadata: Json = {},
): Json {
  const labels = { app: "web", "rollcall.dev/profile": profile };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web", namespace: "shop", uid: "u-1", ...metadata },
    spec: {
      replicas: 3,
      serviceName: "web",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [APP], ...podSpec } },
      volumeClaimTemplates: [{ metadata: { name: "data" } }],
      ...spec,
    },
  };
}

/** Distinct entries of this total size as JSON. */
export function createEntries(bytes: number, entry: (index: number) => unknown): unknown[] {
  const found: unknown[] = [];
  for (let size = 0; size < bytes; ) {
    const next = entry(found.length);
    found.push(next);
    size += JSON.stringify(next).length + 1;
  }
  return found;
}

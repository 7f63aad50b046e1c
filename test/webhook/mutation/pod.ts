// The default pod of the tests, profiles from YAML, and the API server's application of a patch.
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { type ActiveConfig, decideOnPod, type PodDecision } from "../../../webhook/mutation/decidePod.ts";
import type { RequestContext } from "../../../webhook/mutation/profileVersions.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../../webhook/mutation/settings.ts";
import { loadProfiles } from "../../../webhook/profiles/load.ts";
import { createFixedSource, type ProfileSource } from "../../../webhook/profiles/source.ts";
import type { LiveSets } from "../../../webhook/validation/numberPool.ts";
import { renderGenericYaml } from "../../profileYaml.ts";

/** Applies operations to a pod as the API server would; throws if one does not apply. */
export { patchCopy as applied } from "../../../webhook/cli/patchCopy.ts";

export const CONTROLLER = DEFAULT_CONTROLLER_USERS[0] ?? "";

const S3 = "bucket: boot, credentialsSecretName: demo-s3";
const MIGRATE = "{name: schema, scope: Release, run: [/app/migrate], verify: [/app/migrate, --check]}";

export const POD_PROFILES = [
  renderGenericYaml(
    "demo",
    `env: [{name: ADVERTISED_NAME, value: "{podName}.{serviceName}.{namespace}.svc"}], markers: {volume: data},
    steps: [{name: seed, scope: Pod, run: [/app/seed], verify: [test, -s, /data/seed]}]`,
  ),
  renderGenericYaml(
    "leaving",
    `s3: {endpoint: "http://s3.test:9000", prefix: /demo/, usedBy: [Application, Runner], ${S3}},
    markers: {store: Both, volume: data}, lock: S3,
    steps: [${MIGRATE}, {name: warm, scope: Pod, run: [/app/warm], verify: [test, -s, /data/cache]}],
    scaleDown: {policy: Managed, minReplicas: 1, leave: {run: [/app/leave], verify: [/app/leave, --check], timeout: 20s}}`,
  ),
  renderGenericYaml(
    "drained",
    `s3: {endpoint: "https://s3.test", usedBy: [Runner], ${S3}}, markers: {store: S3},
    scaleDown: {policy: Drained, minReplicas: 1, leave: {run: [go], verify: [gone], timeout: 10s}}`,
  ),
  renderGenericYaml(
    "beside",
    `containers: [app, sidecar], nodeID: {env: ID, base: 100, max: 999}, envFrom: [{configMapRef: {name: boot}}],
    markers: {volume: data}, steps: [${MIGRATE}]`,
    "runner: {position: {type: Last}, delivery: ImageVolume}",
  ),
  renderGenericYaml("plain"),
  renderGenericYaml("watched", "", "mode: Warn"),
  renderGenericYaml("private", "", "namespaces: [vault]"),
].join("");

/** The active configuration with these profiles; throws if the YAML is invalid. */
export function loadActiveConfig(yaml: string = POD_PROFILES): ActiveConfig {
  const loaded = loadProfiles(yaml);
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  return {
    profiles: loaded.profiles,
    settings: {
      initImage: { name: "registry.test/init:1", pullPolicy: "IfNotPresent" },
      controllerUsers: DEFAULT_CONTROLLER_USERS,
    },
  };
}

/** The context of a request to a replica with these profiles. */
export const buildRequestContext = (
  { profiles, settings }: ActiveConfig,
  source: Partial<ProfileSource> = {},
): RequestContext & { liveSets: LiveSets } => ({
  source: { ...createFixedSource(profiles), ...source },
  settings,
  deadline: new AbortController().signal,
  liveSets: () => Promise.resolve([]),
});

export type RawNamed = Record<string, unknown> & { name: string };

export interface RawPod {
  [unknown: string]: unknown;
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown> & { name: string; labels: Record<string, string> };
  spec: Record<string, unknown> & {
    containers: RawNamed[];
    initContainers?: RawNamed[];
    volumes?: RawNamed[];
  };
}

/** The pod web-1 of StatefulSet web, with a claim named data. */
export function buildWeb1(profile = "demo"): RawPod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web-1",
      generateName: "web-",
      namespace: "demo",
      labels: { app: "web", "rollcall.dev/profile": profile, "apps.kubernetes.io/pod-index": "1" },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u", controller: true },
      ],
    },
    spec: {
      subdomain: "web-svc",
      containers: [
        {
          name: "app",
          image: "example.test/app:1",
          imagePullPolicy: "IfNotPresent",
          env: [{ name: "PEER", value: "$(NODE_ID)-peer" }],
          volumeMounts: [
            { name: "data", mountPath: "/data", subPath: "inner" },
            { name: "token", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
          ],
          resources: { requests: { cpu: "1" }, limits: { cpu: "1" } },
        },
        { name: "sidecar", image: "example.test/sidecar:1" },
      ],
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName: "data-web-1" } },
        { name: "token", projected: {} },
      ],
    },
  };
}

/** The request for the CREATE of a pod. */
export function buildCreateRequest(
  object: unknown,
  { namespace = "demo", username = CONTROLLER, dryRun = false } = {},
): AdmissionRequest {
  return {
    uid: "u",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    operation: "CREATE",
    namespace,
    userInfo: { username },
    object,
    oldObject: null,
    dryRun,
  };
}

const force = loadActiveConfig();

/** The injection of a pod with the default profiles; throws if the decision is another one. */
export function decideInjected(pod: RawPod): Extract<PodDecision, { is: "injected" }> {
  const decision = decideOnPod(pod, { namespace: "demo", username: CONTROLLER }, force);
  if (decision.is !== "injected") throw new Error(JSON.stringify(decision));
  return decision;
}

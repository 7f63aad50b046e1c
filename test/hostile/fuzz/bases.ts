// Valid reviews with every list that a pod and a StatefulSet can have. The fuzz test changes them.
import { APP, buildPodObject, buildPodReview, buildSetObject, DATA, setReview } from "../reviews.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Base {
  readonly name: string;
  /** /mutate or /validate */
  readonly path: string;
  readonly review: unknown;
}

const command = ["sh", "-c", "true"];

const CONTAINER: Json = {
  ...APP,
  command,
  args: ["one", "two"],
  env: [
    { name: "PLAIN", value: "1" },
    { name: "SECRET", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
    { name: "DOLLAR", value: "$(PLAIN)" },
  ],
  envFrom: [{ configMapRef: { name: "settings" } }],
  volumeMounts: [
    { name: "data", mountPath: "/data" },
    { name: "cache", mountPath: "/cache", subPath: "a" },
  ],
  volumeDevices: [{ name: "raw", devicePath: "/dev/x" }],
  ports: [{ containerPort: 8080 }],
  lifecycle: { preStop: { exec: { command } } },
  readinessProbe: { exec: { command }, periodSeconds: 5 },
  livenessProbe: { httpGet: { path: "/", port: 8080, httpHeaders: [{ name: "a", value: "b" }] } },
  resources: { requests: { cpu: "10m" }, limits: { memory: "64Mi" }, claims: [{ name: "x" }] },
  securityContext: { runAsUser: 1000, capabilities: { drop: ["ALL"] } },
};

const POD_SPEC: Json = {
  containers: [CONTAINER, { ...APP, name: "beside" }],
  initContainers: [
    { ...CONTAINER, name: "before", lifecycle: null },
    { ...APP, name: "sidecar", restartPolicy: "Always" },
  ],
  volumes: [
    DATA,
    { name: "cache", emptyDir: {} },
    { name: "all", projected: { sources: [{ secret: { name: "s", items: [{ key: "k", path: "p" }] } }] } },
  ],
  imagePullSecrets: [{ name: "registry" }],
  tolerations: [{ key: "k", operator: "Exists" }],
  hostAliases: [{ ip: "192.0.2.1", hostnames: ["x"] }],
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", matchLabelKeys: ["app"] }],
  nodeSelector: { "kubernetes.io/os": "linux" },
  securityContext: { runAsUser: 1000, supplementalGroups: [1], sysctls: [{ name: "a", value: "b" }] },
};

const METADATA: Json = { annotations: { note: "x" }, finalizers: ["example.com/f"] };

const buildBasePod = (profile: string): Json =>
  buildPodObject(profile, POD_SPEC, {
    ...METADATA,
    ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x" }],
  });

const buildBaseSet = (profile: string, spec: Json = {}): Json =>
  buildSetObject(
    profile,
    POD_SPEC,
    {
      ordinals: { start: 0 },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain", whenDeleted: "Retain" },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }],
      ...spec,
    },
    { ...METADATA, ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x", uid: "u" }] },
  );

const scale = (replicas: number): Json => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata: { name: "web", namespace: "shop", uid: "u-1" },
  spec: { replicas },
  status: { replicas: 3, selector: "app=web,rollcall.dev/profile=plain" },
});

/** Stored in the stand-in for the API server, for reviews of a Scale and confirmed denials. */
export const LIVE_SET = buildBaseSet("plain") as Json & { metadata: Json };

const GROUPS = { groups: ["system:serviceaccounts", "system:authenticated"] };
const BY_CONTROLLER = {
  userInfo: { username: "system:serviceaccount:kube-system:statefulset-controller", ...GROUPS },
};
const BY_PERSON = { userInfo: { username: "alice", ...GROUPS } };

const base = (name: string, path: string, review: string): Base => ({
  name,
  path,
  review: JSON.parse(review),
});

const created = (profile: string): Base[] => [
  base(`CREATE of a pod of ${profile}`, "/mutate", buildPodReview(buildBasePod(profile), BY_CONTROLLER)),
  base(`CREATE of a pod of ${profile}`, "/validate", buildPodReview(buildBasePod(profile), BY_CONTROLLER)),
  base(`CREATE of a StatefulSet of ${profile}`, "/validate", setReview(buildBaseSet(profile), BY_PERSON)),
];

const changed = (profile: string): Base[] => [
  base(
    `UPDATE of a StatefulSet of ${profile}, smaller`,
    "/validate",
    setReview(buildBaseSet(profile, { replicas: 1 }), {
      ...BY_PERSON,
      operation: "UPDATE",
      dryRun: false,
      oldObject: buildBaseSet(profile),
    }),
  ),
  base(
    `DELETE of a StatefulSet of ${profile}`,
    "/validate",
    setReview({}, { ...BY_PERSON, operation: "DELETE", object: null, oldObject: buildBaseSet(profile) }),
  ),
  base(
    `DELETE of a pod of ${profile}`,
    "/validate",
    buildPodReview(
      {},
      { ...BY_CONTROLLER, operation: "DELETE", object: null, oldObject: buildBasePod(profile) },
    ),
  ),
];

export const BASES: readonly Base[] = [
  ...["demo", "plain", "pooled", "ring", "nowhere"].flatMap(created),
  ...["demo", "plain", "ring"].flatMap(changed),
  base(
    "UPDATE of a Scale",
    "/validate",
    setReview(scale(1), {
      ...BY_PERSON,
      kind: { group: "autoscaling", version: "v1", kind: "Scale" },
      subResource: "scale",
      operation: "UPDATE",
      oldObject: scale(3),
    }),
  ),
];

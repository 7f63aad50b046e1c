// A typical review of 5 KB, as kube-apiserver sends it for a pod of a StatefulSet: with managed fields and the changes
// by admission plugins that run before webhooks.

const CONTROLLER = "system:serviceaccount:kube-system:statefulset-controller";
const UID = "6f1d2c9e-7a34-4c57-9a53-0f5d0c1f7e21";

const LABELS = {
  "app.kubernetes.io/instance": "shop",
  "app.kubernetes.io/name": "web",
  "apps.kubernetes.io/pod-index": "2",
  "controller-revision-hash": "web-6c8f9d7b54",
  "rollcall.dev/profile": "demo",
  "statefulset.kubernetes.io/pod-name": "web-2",
};

const ENV = [
  { name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
  {
    name: "DATABASE_PASSWORD",
    valueFrom: { secretKeyRef: { name: "web-database", key: "password" } },
  },
  ...[
    ["DATABASE_HOST", "database.shop.svc.cluster.local"],
    ["DATABASE_PORT", "5432"],
    ["DATABASE_USER", "web"],
    ["CACHE_URL", "redis://cache.shop.svc.cluster.local:6379/0"],
    ["JAVA_OPTS", "-Xms512m -Xmx1g -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError"],
    ["LOG_LEVEL", "info"],
    ["LISTEN_ADDRESS", "0.0.0.0:8080"],
    ["METRICS_ADDRESS", "0.0.0.0:9102"],
  ].map(([name, value]) => ({ name, value })),
];

const MOUNTS = [
  { name: "data", mountPath: "/data" },
  { name: "config", mountPath: "/etc/web" },
  {
    name: "kube-api-access-8x7zk",
    readOnly: true,
    mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
  },
];

const probe = (path: string): object => ({
  httpGet: { path, port: "http", scheme: "HTTP" },
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
});

const buildFields = (keys: readonly string[], key: (key: string) => string): object =>
  Object.fromEntries(keys.map((each) => [key(each), {}]));

const MANAGED_FIELDS = [
  {
    manager: "kube-controller-manager",
    operation: "Update",
    apiVersion: "v1",
    time: "2026-11-28T10:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": {
        "f:generateName": {},
        "f:labels": { ".": {}, ...buildFields(Object.keys(LABELS), (key) => `f:${key}`) },
        "f:ownerReferences": { ".": {}, [`k:{"uid":"${UID}"}`]: {} },
      },
      "f:spec": {
        "f:containers": {
          'k:{"name":"app"}': {
            ".": {},
            "f:env": {
              ".": {},
              ...Object.fromEntries(
                ENV.map(({ name }) => [`k:{"name":"${name}"}`, { ".": {}, "f:name": {}, "f:value": {} }]),
              ),
            },
            ...buildFields(["image", "imagePullPolicy", "name", "resources"], (key) => `f:${key}`),
          },
        },
        ...buildFields(["dnsPolicy", "restartPolicy", "schedulerName", "subdomain"], (key) => `f:${key}`),
      },
    },
  },
];

const tolerate = (key: string): object => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
});

const POD = {
  kind: "Pod",
  apiVersion: "v1",
  metadata: {
    name: "web-2",
    generateName: "web-",
    namespace: "shop",
    labels: LABELS,
    ownerReferences: [
      {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        name: "web",
        uid: UID,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: MANAGED_FIELDS,
  },
  spec: {
    volumes: [
      { name: "data", persistentVolumeClaim: { claimName: "data-web-2" } },
      { name: "config", configMap: { name: "web", defaultMode: 420 } },
      {
        name: "kube-api-access-8x7zk",
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          ],
          defaultMode: 420,
        },
      },
    ],
    containers: [
      {
        name: "app",
        image: "registry.example.com/shop/web:4.18.2",
        ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
        env: ENV,
        resources: { limits: { memory: "2Gi" }, requests: { cpu: "500m", memory: "2Gi" } },
        volumeMounts: MOUNTS,
        livenessProbe: probe("/healthz"),
        readinessProbe: probe("/ready"),
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        imagePullPolicy: "IfNotPresent",
      },
    ],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    serviceAccountName: "default",
    serviceAccount: "default",
    hostname: "web-2",
    subdomain: "web",
    schedulerName: "default-scheduler",
    tolerations: [tolerate("not-ready"), tolerate("unreachable")],
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: "PreemptLowerPriority",
  },
  status: {},
};

/** CREATE of a pod with ten variables, two volumes and the profile `demo`. */
export const TYPICAL_REVIEW = JSON.stringify({
  kind: "AdmissionReview",
  apiVersion: "admission.k8s.io/v1",
  request: {
    uid: "0f6c0c0e-5b0e-4f6e-8a63-3c7f0a3f3d5b",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    requestKind: { group: "", version: "v1", kind: "Pod" },
    requestResource: { group: "", version: "v1", resource: "pods" },
    name: "web-2",
    namespace: "shop",
    operation: "CREATE",
    userInfo: {
      username: CONTROLLER,
      uid: "b5a5c8f8-31c1-4a3e-9f0a-2d0f1a9e1c11",
      groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=5f1d0a52-6a39-4a28-9d0d-7a3f1b5f2c44"] },
    },
    object: POD,
    oldObject: null,
    dryRun: false,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
  },
});

// Random pod templates: resources of containers and of the pod, init containers, native sidecars, volumes of every
// kind, security contexts. Most are valid, and some meet the namespace's requirements.
import fc from "fast-check";

export type TemplateFields = Record<string, unknown>;

export interface Amounts {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

export interface RandomTemplate {
  /** one of PROFILES in interference.real.ts */
  profile: string;
  /** one of the namespaces in interference.real.ts */
  namespace: string;
  metadata: { annotations?: Record<string, string> };
  spec: TemplateFields & {
    containers: TemplateFields[];
    initContainers: TemplateFields[];
    volumes: TemplateFields[];
  };
}

/** @param rarity how many values are absent for each that is present */
const optional = <T>(arbitrary: fc.Arbitrary<T>, rarity = 1): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: rarity, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Amounts in ascending order, so that a request can be kept at or below a limit. */
const LADDERS: Readonly<Record<string, readonly string[]>> = {
  cpu: ["5m", "100m", "150m", "250m", "0.5", "1", "2"],
  memory: ["32Mi", "64Mi", "128Mi", "150M", "256Mi", "512Mi", "1Gi"],
  "ephemeral-storage": ["10Mi", "100Mi", "500Mi", "1Gi"],
};

/** Equal requests and limits in a third of the cases; otherwise independent ones, or none. */
function generateAmounts(name: string, ladder: readonly string[]): fc.Arbitrary<Amounts> {
  const at = fc.nat({ max: ladder.length - 1 });
  const said = (index: number) => ({ [name]: ladder[index] ?? "" });
  return fc.oneof(
    fc.constant({}),
    at.map((index) => ({ requests: said(index) })),
    at.map((index) => ({ limits: said(index) })),
    fc.tuple(at, at).map(([one, other]) => ({
      requests: said(Math.min(one, other)),
      limits: said(Math.max(one, other)),
    })),
    { weight: 3, arbitrary: at.map((index) => ({ requests: said(index), limits: said(index) })) },
  );
}

const merged = (all: readonly Amounts[]): Amounts => ({
  requests: Object.assign({}, ...all.map(({ requests }) => requests)) as Record<string, string>,
  limits: Object.assign({}, ...all.map(({ limits }) => limits)) as Record<string, string>,
});

const [CPU = [], MEMORY = [], STORAGE = []] = Object.values(LADDERS);

const resources = fc.oneof(
  fc.constant<Amounts>({}),
  // amounts that fit a LimitRange and a quota for everything
  {
    weight: 3,
    arbitrary: fc.constantFrom<Amounts>(
      { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "200m", memory: "256Mi" } },
      { requests: { cpu: "250m", memory: "256Mi" }, limits: { cpu: "250m", memory: "256Mi" } },
      { limits: { cpu: "500m", memory: "512Mi" } },
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        generateAmounts("cpu", CPU),
        generateAmounts("memory", MEMORY),
        fc.oneof(
          { weight: 4, arbitrary: fc.constant<Amounts>({}) },
          generateAmounts("ephemeral-storage", STORAGE),
        ),
        fc.constantFrom<Amounts>(
          {},
          {},
          {},
          { limits: { "example.com/dongle": "1" } },
          { requests: { cpu: "100m" }, limits: { cpu: "200m", "hugepages-2Mi": "4Mi" } },
        ),
      )
      .map(merged),
  },
);

const podResources = optional(
  fc.constantFrom<Amounts>(
    { limits: { cpu: "500m", memory: "256Mi" } },
    { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "2", memory: "4Gi" } },
    { requests: { cpu: "4" } },
    { requests: { cpu: "50m", memory: "64Mi" } },
  ),
  6,
);

const HARDENED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

const containerSecurity = fc.oneof(
  { weight: 4, arbitrary: fc.constant<TemplateFields | undefined>(HARDENED) },
  fc.constantFrom<TemplateFields | undefined>(
    undefined,
    { ...HARDENED, readOnlyRootFilesystem: true, runAsUser: 1000 },
    { runAsUser: 0 },
    { privileged: true },
    { capabilities: { add: ["NET_ADMIN"] } },
    { seLinuxOptions: { type: "spc_t" } },
    { procMount: "Default", seccompProfile: { type: "Unconfined" } },
    { appArmorProfile: { type: "RuntimeDefault" } },
  ),
);

const podSecurity = fc.constantFrom<TemplateFields | undefined>(
  undefined,
  { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } },
  { runAsUser: 0 },
  { supplementalGroups: [1, 2], fsGroupChangePolicy: "OnRootMismatch" },
  { sysctls: [{ name: "net.ipv4.ip_local_port_range", value: "1024 65535" }] },
);

/** Every kind of volume that a pod of a StatefulSet may have, by name. */
const VOLUMES: readonly TemplateFields[] = [
  { name: "empty", emptyDir: {} },
  { name: "ram", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
  { name: "map", configMap: { name: "m", optional: true } },
  { name: "secret", secret: { secretName: "s", defaultMode: 256 } },
  { name: "downward", downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
  {
    name: "projected",
    projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 600 } }] },
  },
  { name: "other-claim", persistentVolumeClaim: { claimName: "shared", readOnly: true } },
  {
    name: "generic",
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    },
  },
  { name: "csi", csi: { driver: "csi.test", readOnly: true } },
  { name: "image", image: { reference: "registry.test/data:1", pullPolicy: "IfNotPresent" } },
  { name: "host", hostPath: { path: "/var/log", type: "Directory" } },
  { name: "nfs", nfs: { server: "nfs.test", path: "/" } },
];

/** Volumes that Pod Security restricted rejects are rare. */
const volumes = fc
  .tuple(
    fc.subarray(VOLUMES.slice(0, 10), { maxLength: 4 }),
    optional(fc.constantFrom(...VOLUMES.slice(10)), 6),
  )
  .map(([common, rare]) => [...common, ...(rare === undefined ? [] : [rare])]);

const container = (name: string): fc.Arbitrary<TemplateFields> =>
  fc
    .record({
      resources,
      securityContext: containerSecurity,
      imagePullPolicy: optional(fc.constantFrom("Always", "IfNotPresent")),
      workingDir: optional(fc.constant("/data"), 4),
      env: optional(fc.constant([{ name: "PEER", value: "$(NODE_ID)" }])),
      envFrom: optional(fc.constant([{ secretRef: { name: "s", optional: true } }]), 4),
      lifecycle: optional(fc.constant({ preStop: { exec: { command: ["true"] } } }), 4),
    })
    .map(({ lifecycle, ...rest }) => ({
      name,
      image: "registry.test/app:1",
      ...rest,
      ...(name.startsWith("init") || lifecycle === undefined ? {} : { lifecycle }),
    }));

const initContainers = fc
  .tuple(container("init-a"), container("init-b"), fc.constantFrom("", "a", "b", "ab"), fc.nat(2))
  .map(([a, b, sidecars, count]) =>
    [
      sidecars.includes("a") ? { ...a, restartPolicy: "Always" } : a,
      sidecars.includes("b") ? { ...b, restartPolicy: "Always" } : b,
    ].slice(0, count),
  );

const containers = fc
  .tuple(container("app"), container("beside"), container("another"), fc.nat(5))
  .map(([app, beside, another, count]) => [app, beside, another].slice(0, count < 3 ? 1 : count - 2));

const more = fc.constantFrom<TemplateFields>(
  { automountServiceAccountToken: false },
  { automountServiceAccountToken: true, hostUsers: false },
  { shareProcessNamespace: true, terminationGracePeriodSeconds: 1 },
  { enableServiceLinks: false, tolerations: [{ operator: "Exists" }] },
  { hostNetwork: true },
);

/** A template for one of these profiles in one of these namespaces. */
export const generateTemplate = (
  profiles: readonly string[],
  namespaces: readonly string[],
): fc.Arbitrary<RandomTemplate> =>
  fc
    .record({
      profile: fc.constantFrom(...profiles),
      namespace: fc.constantFrom(...namespaces),
      containers,
      initContainers,
      volumes,
      podResources,
      podSecurity,
      hasClaim: fc.nat(9).map((n) => n === 0),
      more: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, more),
      evictable: optional(fc.constantFrom("empty", "empty,ram"), 3),
    })
    .map(buildTemplate);

function buildTemplate(given: {
  profile: string;
  namespace: string;
  containers: TemplateFields[];
  initContainers: TemplateFields[];
  volumes: TemplateFields[];
  podResources: Amounts | undefined;
  podSecurity: TemplateFields | undefined;
  hasClaim: boolean;
  more: TemplateFields;
  evictable: string | undefined;
}): RandomTemplate {
  const { profile, namespace, initContainers: inits, podResources: resources, hasClaim } = given;
  const mounts = [
    { name: "data", mountPath: "/data" },
    ...given.volumes.map(({ name }) => ({ name, mountPath: `/mnt/${String(name)}`, readOnly: true })),
  ];
  const [app = {}, ...others] = given.containers;
  const claims = hasClaim ? { claims: [{ name: "card" }] } : {};
  const appResources = { ...(app["resources"] as Amounts), ...claims };
  return {
    profile,
    namespace,
    metadata:
      given.evictable === undefined
        ? {}
        : {
            annotations: {
              "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": given.evictable,
            },
          },
    spec: {
      ...given.more,
      ...(resources === undefined ? {} : { resources }),
      ...(given.podSecurity === undefined ? {} : { securityContext: given.podSecurity }),
      ...(hasClaim ? { resourceClaims: [{ name: "card", resourceClaimName: "card" }] } : {}),
      containers: [{ ...app, resources: appResources, volumeMounts: mounts }, ...others],
      initContainers: inits,
      volumes: given.volumes,
    },
  };
}

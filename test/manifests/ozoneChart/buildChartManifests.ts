// A STAND-IN for what Ozone's Helm chart renders (apache/ozone-helm-charts, chart 0.3.0, with om.persistence.enabled):
// the same kinds, names, hooks, init containers, env and mounts. test/manifests/ozoneChart.real.ts compares it with the
// real chart where OZONE_CHART names a checkout. The chart itself is not part of this repository.
import { stringify } from "yaml";

export interface ChartInput {
  /** om.replicas of the values */
  readonly replicas: number;
  /** spec.replicas of the running StatefulSet, which the chart looks up; null: a new release */
  readonly live?: number | null;
}

export interface ChartObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly [other: string]: unknown;
}

/** Objects of a release "ozone" in namespace "ozone". */
export function buildChartManifests({ replicas, live = null }: ChartInput): ChartObject[] {
  const joining = live === null ? [] : listMembers(live, replicas);
  const leaving = live === null ? [] : listMembers(Math.max(replicas, 1), live);
  const env = buildEnv(listMembers(0, replicas), leaving);
  return [
    ...(joining.length === 0
      ? []
      : [configMap("ozone-om-bootstrap-script", { "om-bootstrap.sh": "exit 0" })]),
    ...SERVICES.map((name) => service(name)),
    plainSet("datanode"),
    buildMemberSet({ replicas, env, isJoining: joining.length > 0 }),
    plainSet("s3g"),
    plainSet("scm"),
    {
      ...configMap("ozone-ozone", { "log4j.properties": "log4j.rootLogger=INFO,stdout" }),
      metadata: {
        name: "ozone-ozone",
        annotations: {
          "helm.sh/hook": "pre-upgrade, pre-install",
          "helm.sh/hook-weight": "-10",
          "helm.sh/resource-policy": "keep",
        },
      },
    },
    ...(leaving.length === 0
      ? []
      : [
          hook("pre-upgrade", transferJob()),
          ...leaving.flatMap((member) => [
            hook("post-upgrade", decommissionJob(member)),
            hook("post-upgrade", decommissionService(member)),
          ]),
        ]),
  ];
}

/** As Helm prints it. @param helm 3: without hooks, as its post-renderer gets it; 4: each with its file */
export function printChartManifests(objects: readonly ChartObject[], helm: 3 | 4 | "template"): string {
  const shown = objects.filter(({ metadata }) => helm !== 3 || !metadata.annotations?.["helm.sh/hook"]);
  return shown
    .map((object) => {
      const { metadata } = object;
      const file = `ozone/templates/${object.kind}-${metadata.name}.yaml`;
      const annotations = { ...metadata.annotations, "postrenderer.helm.sh/postrender-filename": file };
      const printed = helm === 4 ? { ...object, metadata: { ...metadata, annotations } } : object;
      return `---\n${helm === 4 ? "" : `# Source: ${file}\n`}${stringify(printed, { lineWidth: 0, aliasDuplicateObjects: false })}`;
    })
    .join("");
}

const SERVICES = [
  "datanode-headless",
  "datanode",
  "om-headless",
  "om",
  "s3g-headless",
  "s3g-rest",
  "s3g-web",
  "scm-headless",
  "scm",
];

const listMembers = (from: number, to: number): string[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => `ozone-om-${from + index}`);

const buildLabels = (component: string) => ({
  "app.kubernetes.io/name": "ozone",
  "app.kubernetes.io/instance": "ozone",
  "app.kubernetes.io/component": component,
});

const configMap = (name: string, data: object): ChartObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

const service = (name: string): ChartObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: `ozone-${name}` },
  spec: {
    clusterIP: name.endsWith("-headless") ? "None" : undefined,
    selector: buildLabels(name.split("-")[0] ?? ""),
  },
});

/** A StatefulSet that is no concern of Rollcall. */
const plainSet = (component: string): ChartObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: `ozone-${component}` },
  spec: {
    replicas: 1,
    serviceName: `ozone-${component}-headless`,
    selector: { matchLabels: buildLabels(component) },
    template: {
      metadata: { labels: buildLabels(component) },
      spec: { containers: [{ name: component, image: "apache/ozone:2.1.1", args: ["ozone", component] }] },
    },
  },
});

type Env = readonly { readonly name: string; readonly value: string }[];

function buildEnv(members: readonly string[], leaving: readonly string[]): Env {
  const settings = {
    "hdds.datanode.dir": "/data/storage",
    "ozone.scm.datanode.id.dir": "/data/metadata",
    "ozone.metadata.dirs": "/data/metadata",
    "ozone.scm.ratis.enable": "true",
    "ozone.scm.service.ids": "cluster1",
    "ozone.scm.nodes.cluster1": "ozone-scm-0",
    "ozone.scm.address.cluster1.ozone-scm-0": "ozone-scm-0.ozone-scm-headless.ozone.svc.cluster.local",
    "ozone.scm.primordial.node.id": "ozone-scm-0",
    "ozone.om.ratis.enable": "true",
    "ozone.om.service.ids": "cluster1",
    "hdds.scm.safemode.min.datanode": "3",
    "ozone.datanode.pipeline.limit": "1",
    "dfs.datanode.use.datanode.hostname": "true",
    "ozone.om.decommissioned.nodes.cluster1": leaving.join(","),
    "ozone.om.nodes.cluster1": members.join(","),
    ...Object.fromEntries(
      members.map((id) => [
        `ozone.om.address.cluster1.${id}`,
        `${id}.ozone-om-headless.ozone.svc.cluster.local`,
      ]),
    ),
    ...Object.fromEntries(
      leaving.map((id) => [
        `ozone.om.address.cluster1.${id}`,
        `ozone-helm-manager-decommission-${id}-svc.ozone.svc.cluster.local`,
      ]),
    ),
  };
  return Object.entries(settings).map(([name, value]) => ({ name: `OZONE-SITE.XML_${name}`, value }));
}

const DATA = { name: "ozone-om", mountPath: "/data" };
const CONFIG = { name: "config", mountPath: "/opt/hadoop/etc/hadoop" };
const CONFIG_VOLUME = { name: "config", projected: { sources: [{ configMap: { name: "ozone-ozone" } }] } };
const SCRIPT = { name: "om-bootstrap-script", mountPath: "/scripts" };

function buildMemberSet({
  replicas,
  env,
  isJoining,
}: {
  replicas: number;
  env: Env;
  isJoining: boolean;
}): ChartObject {
  const image = "apache/ozone:2.1.1";
  const bootstrap = {
    name: "om-bootstrap",
    image,
    command: ["/bin/sh", "/scripts/om-bootstrap.sh"],
    env,
    volumeMounts: [CONFIG, DATA, SCRIPT],
  };
  const om = {
    name: "om",
    image,
    args: ["ozone", "om"],
    env: [
      ...env,
      { name: "WAITFOR", value: "ozone-scm-0.ozone-scm-headless:9876" },
      { name: "ENSURE_OM_INITIALIZED", value: "/data/metadata/om/current/VERSION" },
    ],
    ports: [
      { name: "rpc", containerPort: 9862 },
      { name: "ui", containerPort: 9874 },
      { name: "ratis", containerPort: 9872 },
    ],
    livenessProbe: { httpGet: { path: "/", port: "ui" }, initialDelaySeconds: 60 },
    volumeMounts: [CONFIG, DATA],
  };
  const script = { name: SCRIPT.name, configMap: { name: "ozone-om-bootstrap-script", defaultMode: 511 } };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "ozone-om" },
    spec: {
      replicas,
      serviceName: "ozone-om-headless",
      selector: { matchLabels: buildLabels("om") },
      template: {
        metadata: { annotations: { "checksum/config": String(replicas) }, labels: buildLabels("om") },
        spec: {
          ...(isJoining ? { initContainers: [bootstrap] } : {}),
          containers: [om],
          volumes: [...(isJoining ? [script] : []), CONFIG_VOLUME],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "ozone-om" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
        },
      ],
    },
  };
}

const hook = (event: string, object: ChartObject): ChartObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { "helm.sh/hook": event } },
});

const buildJob = (name: string, container: string, script: string): ChartObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: `ozone-helm-manager-${name}` },
  spec: {
    template: {
      spec: {
        containers: [{ name: container, image: "apache/ozone:2.1.1", args: ["sh", "-c", script] }],
        restartPolicy: "Never",
      },
    },
  },
});

const transferJob = (): ChartObject =>
  buildJob(
    "leader-transfer",
    "om-leader-transfer",
    "set -e\nexec ozone admin om transfer -id=cluster1 -n=ozone-om-0\n",
  );

const decommissionJob = (member: string): ChartObject =>
  buildJob(
    `decommission-${member}`,
    "om-decommission",
    `set -e\nexec ozone admin om decommission -id=cluster1 -nodeid=${member} | decommission_finalizer\n`,
  );

const decommissionService = (member: string): ChartObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: `ozone-helm-manager-decommission-${member}-svc` },
  spec: { selector: { "job-name": `ozone-helm-manager-decommission-${member}` } },
});

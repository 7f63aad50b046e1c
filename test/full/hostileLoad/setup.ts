// Prepares the cluster for the load: Rollcall from a checkout, the actors' namespaces and their programs.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { detectArch } from "../../../build/images/arch.ts";
import { load } from "../../e2e/cluster/provider.ts";
import { LOAD_GROUP } from "../../e2e/harness/api.ts";
import { TIMEOUT, waitUntilPasses } from "../../e2e/harness/eventually.ts";
import type { Kubectl } from "../../e2e/harness/kubectl.ts";
import { buildNodeContainer, buildNodePodSpec, buildScriptsConfigMap } from "../../e2e/harness/ourNode.ts";
import { SYSTEM } from "../../e2e/harness/rollcall.ts";

export const NAMESPACES = {
  honest: "load-honest",
  tenant: "load-tenant",
  member: "load-member",
  caller: "load-caller",
  ring: "load-ring",
  bucket: "load-bucket",
} as const;

const ALL = Object.values(NAMESPACES);

/** As much as the webhook requests: otherwise these pods would get too little CPU time to be hostile. */
const RESOURCES = { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "512Mi" } };

/** Number of pods that send invented reviews. */
const CALLERS = 2;

export interface SetupInput {
  readonly k: Kubectl;
  /** the checkout with the webhook under test */
  readonly checkout: string;
  readonly log: (line: string) => void;
}

/**
 * Installs everything. The programs of b and d are pods of StatefulSets with a profile: they are created before the
 * webhook, which would add a runner to them.
 */
export async function setUp({ k, checkout, log }: SetupInput): Promise<void> {
  await tearDown(k);
  await loadCheckoutImages(checkout, log);
  await k.run([
    "delete",
    "mutatingwebhookconfigurations,validatingwebhookconfigurations",
    "rollcall",
    "--ignore-not-found",
  ]);
  await must(k, [
    ...ALL.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    FAIRNESS,
  ]);
  for (const name of ALL)
    await waitUntilPasses(() => k.run(["-n", name, "get", "serviceaccount", "default"]));
  await must(k, [...(await ring()), ...(await member())]);
  for (const name of ["ring", "member"] as const)
    await k.run(["-n", NAMESPACES[name], "rollout", "status", `statefulset/${name}`, TIMEOUT]);
  await install(k, checkout, log);
  await must(k, [...(await callers()), ...(await bucket())]);
  for (const name of ["caller", "bucket"] as const)
    await k.run(["-n", NAMESPACES[name], "rollout", "status", `deployment/${name}`, TIMEOUT]);
  log("the actors are running");
}

export async function tearDown(k: Kubectl): Promise<void> {
  // the webhook would deny the deletion of StatefulSets with pods
  await k.run([
    "delete",
    "mutatingwebhookconfigurations,validatingwebhookconfigurations",
    "rollcall",
    "--ignore-not-found",
  ]);
  await k.run(["delete", "namespaces", ...ALL, "--ignore-not-found", "--wait=true", TIMEOUT]);
  await k.run(["delete", "flowschema", LOAD_GROUP, "--ignore-not-found"]);
}

async function must(k: Kubectl, documents: readonly unknown[]): Promise<void> {
  const { code, stderr } = await k.apply(documents);
  if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
}

/** Builds the images of a checkout and loads them into the node. */
export async function loadCheckoutImages(checkout: string, log: (line: string) => void): Promise<void> {
  log(`building the images of ${checkout}`);
  const out = await mkdtemp(join(tmpdir(), "rollcall-load-"));
  try {
    await runIn(checkout, ["build/images/main.ts", "--archive", "--arch", detectArch(), "--out", out]);
    for (const name of ["webhook", "init"]) await load(join(out, `${name}-${detectArch()}.tar`));
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

function runIn(folder: string, argv: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${argv.join(" ")} exited ${code}`)),
    );
  });
}

/** The unchanged base of the checkout, with the profiles for the load. */
async function install(k: Kubectl, checkout: string, log: (line: string) => void): Promise<void> {
  // a new one, since an earlier installation's peak of memory would count
  await k.run(["-n", SYSTEM, "delete", "deployment/rollcall", "--ignore-not-found", "--wait=true"]);
  await k.run(["apply", "-k", join(checkout, "manifests/base")]);
  await k.run(["-n", SYSTEM, "rollout", "status", "deployment/rollcall", TIMEOUT]);
  const profiles = fileURLToPath(new URL("profiles.yaml", import.meta.url));
  // the webhook publishes its CA a moment after it is ready
  await waitUntilPasses(() => k.run(["apply", "-f", profiles]));
  log("Rollcall is rolled out");
}

const FAIRNESS = {
  apiVersion: "flowcontrol.apiserver.k8s.io/v1",
  kind: "FlowSchema",
  metadata: { name: LOAD_GROUP },
  spec: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 10,
    rules: [
      {
        subjects: [{ kind: "Group", group: { name: LOAD_GROUP } }],
        resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] }],
      },
    ],
  },
};

const editors = (namespace: string): object => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: LOAD_GROUP, namespace },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: LOAD_GROUP }],
});

/** What the honest requests need: their namespace, users that may create there, and a fair share for them. */
export const HONEST_SETUP: readonly object[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACES.honest } },
  FAIRNESS,
  editors(NAMESPACES.honest),
];

const program = async (namespace: string, name: string): Promise<Record<string, unknown>> => {
  const map = await buildScriptsConfigMap(name, new URL(`pods/${name}.mjs`, import.meta.url));
  return { ...map, metadata: { name, namespace } };
};

/** A StatefulSet of three replicas whose container runs a program, with everything that a profile requires. */
function buildStatefulSet(
  namespace: string,
  name: string,
  given: { profile: string; script: string; replicas: number },
): object[] {
  const labels = { app: name, "rollcall.dev/profile": given.profile };
  const container = buildNodeContainer(`${given.script}.mjs`, { name: "app", resources: RESOURCES });
  const mounts = [
    { name: "program", mountPath: "/program" },
    { name: "data", mountPath: "/data" },
  ];
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: { app: name },
        ports: [{ port: 8080 }],
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, namespace },
      spec: {
        replicas: given.replicas,
        serviceName: name,
        podManagementPolicy: "Parallel",
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: buildNodePodSpec(given.script, { ...container, volumeMounts: mounts }),
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "16Mi" } } },
          },
        ],
      },
    },
    editors(namespace),
  ];
}

const ring = async (): Promise<object[]> => [
  await program(NAMESPACES.ring, "member"),
  ...buildStatefulSet(NAMESPACES.ring, "ring", { profile: "ring", script: "member", replicas: 3 }),
  editors(NAMESPACES.honest),
  editors(NAMESPACES.tenant),
];

const member = async (): Promise<object[]> => [
  await program(NAMESPACES.member, "leases"),
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "member", namespace: NAMESPACES.member },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "rollcall-member" },
    subjects: [{ kind: "ServiceAccount", name: "default", namespace: NAMESPACES.member }],
  },
  ...buildStatefulSet(NAMESPACES.member, "member", { profile: "drained", script: "leases", replicas: 2 }),
];

const deployment = (namespace: string, name: string, replicas: number): object => {
  const container = buildNodeContainer(`${name}.mjs`, { resources: RESOURCES });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: buildNodePodSpec(name, container) },
    },
  };
};

const callers = async (): Promise<object[]> => [
  await program(NAMESPACES.caller, "caller"),
  deployment(NAMESPACES.caller, "caller", CALLERS),
];

/** The S3 server, and a StatefulSet whose runners use it. */
const bucket = async (): Promise<object[]> => {
  const namespace = NAMESPACES.bucket;
  const labels = { app: "web", "rollcall.dev/profile": "bucketed" };
  const container = buildNodeContainer("bucket.mjs", { name: "app" });
  return [
    await program(namespace, "bucket"),
    deployment(namespace, "bucket", 1),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "bucket", namespace },
      spec: { selector: { app: "bucket" }, ports: [{ port: 8080 }] },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s3-keys", namespace },
      stringData: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" },
    },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "web", namespace },
      spec: {
        replicas: 2,
        serviceName: "web",
        podManagementPolicy: "Parallel",
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: buildNodePodSpec("bucket", container) },
      },
    },
  ];
};

// Faults that are planted in a healthy installation, each of which `rollcall doctor` names with what mends it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../../../init/contract/version.ts";
import { formatDoctorReport } from "../../../../webhook/cli/doctor/formatDoctorReport.ts";
import type { CheckReport } from "../../../../webhook/cli/doctor/report.ts";
import {
  buildNode,
  buildSet,
  buildStoredPod,
  buildStoredProfile,
  type Configuration,
  InstallationStandIn,
  sendRefusal,
  WEBHOOK_NAMESPACE,
} from "./installationStandIn.ts";

const DEPLOYMENT = `Deployment/${WEBHOOK_NAMESPACE}/rollcall`;
const MUTATING = "MutatingWebhookConfiguration/rollcall";
const VALIDATING = "ValidatingWebhookConfiguration/rollcall";
const DEFINITION = "CustomResourceDefinition/rollcallprofiles.rollcall.dev";

interface Deployment {
  metadata: { annotations?: Record<string, string> };
  spec: {
    replicas: number;
    template: {
      spec: { containers: { image: string; env: object[] }[]; initContainers: { image: string }[] };
    };
  };
  status: { readyReplicas: number };
}

interface PlantedFault {
  readonly what: string;
  plant(cluster: InstallationStandIn): void;
  /** the check that finds it */
  readonly check: string;
  readonly status: "fault" | "warning" | "unknown" | "info";
  readonly says: RegExp;
  /** a command of the finding; null: it has none */
  readonly fix: RegExp | null;
}

/** Without the launcher, which would end by itself. */
const CLI_SOURCE = fileURLToPath(new URL("../../../../webhook/cli/main.ts", import.meta.url));

const printAndPipe = (verb: "apply" | "replace", kind: string, name: string): RegExp =>
  new RegExp(
    `^rollcall doctor --kubeconfig \\S+ --system ${WEBHOOK_NAMESPACE} --print ${kind}/${name} \\| kubectl --kubeconfig \\S+ ${verb} -f -$`,
  );

const create = (kind: string, name: string): RegExp => printAndPipe("apply", kind, name);
const replace = (kind: string, name: string): RegExp => printAndPipe("replace", kind, name);

const firstEntry = (cluster: InstallationStandIn, key: string): Configuration["webhooks"][number] => {
  const [entry] = cluster.get<Configuration>(key).webhooks;
  assert.ok(entry);
  return entry;
};

const PLANTED: readonly PlantedFault[] = [
  {
    what: "an API server that is too old",
    plant: (cluster) => {
      cluster.version = { major: "1", minor: "29+", gitVersion: "v1.29.4-eks" };
    },
    check: "api-server",
    status: "fault",
    says: /is Kubernetes v1\.29\.4-eks; Rollcall needs 1\.30 or later/,
    fix: /kubectl --kubeconfig \S+ version/,
  },
  {
    what: "a missing namespace",
    plant: (cluster) => cluster.objects.delete(`Namespace/${WEBHOOK_NAMESPACE}`),
    check: "objects",
    status: "fault",
    says: /Namespace rollcall-system does not exist/,
    fix: /apply -k \./,
  },
  {
    what: "a missing Service",
    plant: (cluster) => cluster.objects.delete(`Service/${WEBHOOK_NAMESPACE}/rollcall`),
    check: "objects",
    status: "fault",
    says: /Service rollcall-system\/rollcall does not exist/,
    fix: create("Service", "rollcall"),
  },
  {
    what: "a missing budget",
    plant: (cluster) => cluster.objects.delete(`PodDisruptionBudget/${WEBHOOK_NAMESPACE}/rollcall`),
    check: "objects",
    status: "fault",
    says: /PodDisruptionBudget rollcall-system\/rollcall does not exist/,
    fix: create("PodDisruptionBudget", "rollcall"),
  },
  {
    what: "a Deployment that is scaled to zero",
    plant: (cluster) => {
      cluster.get<Deployment>(DEPLOYMENT).spec.replicas = 0;
    },
    check: "replicas",
    status: "fault",
    says: /is scaled to 0 replicas/,
    fix: /-n rollcall-system scale deployment\/rollcall --replicas=2$/,
  },
  {
    what: "replicas none of which is ready",
    plant: (cluster) => {
      cluster.get<Deployment>(DEPLOYMENT).status.readyReplicas = 0;
    },
    check: "replicas",
    status: "fault",
    says: /no replica is Ready/,
    fix: /logs deployment\/rollcall/,
  },
  {
    what: "one replica of two that is not ready",
    plant: (cluster) => {
      cluster.get<Deployment>(DEPLOYMENT).status.readyReplicas = 1;
    },
    check: "replicas",
    status: "warning",
    says: /only 1 of 2 replicas are Ready/,
    fix: /describe pods/,
  },
  {
    what: "images of two versions",
    plant: (cluster) => {
      const [init] = cluster.get<Deployment>(DEPLOYMENT).spec.template.spec.initContainers;
      assert.ok(init);
      init.image = "registry.example.com:5000/rollcall/init:9.9.9";
    },
    check: "versions",
    status: "fault",
    says: /the images are of different versions: .*:5000\/rollcall\/init:9\.9\.9/,
    fix: /apply -k \./,
  },
  {
    what: "a webhook of another version than this command",
    plant: (cluster) => {
      const { containers, initContainers } = cluster.get<Deployment>(DEPLOYMENT).spec.template.spec;
      for (const each of [...containers, ...initContainers])
        each.image = each.image.replace(VERSION, "9.9.9");
    },
    check: "versions",
    status: "fault",
    says: new RegExp(`version 9\\.9\\.9, this command of ${VERSION.replaceAll(".", "\\.")}`),
    fix: /^# run doctor from a checkout of version 9\.9\.9,/,
  },
  {
    what: "images by digest",
    plant: (cluster) => {
      const { containers, initContainers } = cluster.get<Deployment>(DEPLOYMENT).spec.template.spec;
      for (const each of [...containers, ...initContainers]) each.image = `r.test/x@sha256:${"a".repeat(64)}`;
    },
    check: "versions",
    status: "info",
    says: /the image names do not tell the version/,
    fix: null,
  },
  {
    what: "a missing mutating configuration",
    plant: (cluster) => cluster.objects.delete(MUTATING),
    check: "configurations",
    status: "fault",
    says: /MutatingWebhookConfiguration rollcall does not exist/,
    fix: create("MutatingWebhookConfiguration", "rollcall"),
  },
  {
    what: "a webhook that fails open",
    plant: (cluster) => {
      firstEntry(cluster, MUTATING).failurePolicy = "Ignore";
    },
    check: "configurations",
    status: "fault",
    says: /entry pods\.mutate\.rollcall\.dev: failurePolicy is "Ignore", not "Fail"/,
    fix: replace("MutatingWebhookConfiguration", "rollcall"),
  },
  {
    what: "an entry that leaves another namespace out",
    plant: (cluster) => {
      firstEntry(cluster, VALIDATING).namespaceSelector.matchExpressions[0]?.values.push("shop");
    },
    check: "configurations",
    status: "fault",
    says: /entry pods\.validate\.rollcall\.dev: namespaceSelector\.matchExpressions\[0\]\.values/,
    fix: replace("ValidatingWebhookConfiguration", "rollcall"),
  },
  {
    what: "an entry with one more condition",
    plant: (cluster) => {
      Object.assign(firstEntry(cluster, VALIDATING), {
        matchConditions: [{ name: "x", expression: "false" }],
      });
    },
    check: "configurations",
    status: "fault",
    says: /entry pods\.validate\.rollcall\.dev: matchConditions is .*false/,
    fix: replace("ValidatingWebhookConfiguration", "rollcall"),
  },
  {
    what: "a missing entry",
    plant: (cluster) => void cluster.get<Configuration>(VALIDATING).webhooks.splice(1, 1),
    check: "configurations",
    status: "fault",
    says: /has no entry pods-deletion\.validate\.rollcall\.dev/,
    fix: replace("ValidatingWebhookConfiguration", "rollcall"),
  },
  {
    what: "an empty caBundle",
    plant: (cluster) => {
      delete firstEntry(cluster, MUTATING).clientConfig.caBundle;
    },
    check: "certificate",
    status: "fault",
    says: /caBundle of MutatingWebhookConfiguration rollcall, entry pods\.mutate\.rollcall\.dev is empty/,
    fix: /rollout restart deployment\/rollcall$/,
  },
  {
    what: "a caBundle of another CA with the same name",
    plant: (cluster) => {
      firstEntry(cluster, VALIDATING).clientConfig.caBundle = Buffer.from(cluster.otherCa).toString("base64");
    },
    check: "certificate",
    status: "fault",
    says: /caBundle of .*pods\.validate\.rollcall\.dev does not sign the certificate/,
    fix: /rollout restart deployment\/rollcall$/,
  },
  {
    what: "a certificate for another name",
    plant: (cluster) => {
      cluster.get<Deployment>(DEPLOYMENT).spec.template.spec.containers[0]?.env.push({
        name: "ROLLCALL_SERVICE",
        value: "renamed",
      });
    },
    check: "certificate",
    status: "fault",
    says: /the certificate in Secret rollcall-system\/rollcall-tls is not for renamed\.rollcall-system\.svc/,
    fix: /-n rollcall-system delete secret rollcall-tls$/,
  },
  {
    what: "an expired certificate, by the API server's clock",
    plant: (cluster) => {
      cluster.instead = (_, response) => {
        response.setHeader("date", new Date(Date.now() + 100 * 86_400_000).toUTCString());
        return false;
      };
    },
    check: "certificate",
    status: "fault",
    says: /the certificate in Secret rollcall-system\/rollcall-tls expired on /,
    fix: /delete secret rollcall-tls$/,
  },
  {
    what: "a missing Secret",
    plant: (cluster) => cluster.objects.delete(`Secret/${WEBHOOK_NAMESPACE}/rollcall-tls`),
    check: "certificate",
    status: "fault",
    says: /Secret rollcall-system\/rollcall-tls does not exist/,
    fix: /rollout restart/,
  },
  {
    what: "a firewall between control plane and pods",
    plant: (cluster) => {
      cluster.dryRun = [
        500,
        'Internal error occurred: failed calling webhook "statefulsets.validate.rollcall.dev": failed to call webhook: Post "https://rollcall.rollcall-system.svc:443/validate?timeout=10s": context deadline exceeded',
      ];
    },
    check: "answer",
    status: "fault",
    says: /the control plane does not reach the webhook's pods at port 8443/,
    fix: /--allow tcp:8443/,
  },
  {
    what: "a webhook without endpoints",
    plant: (cluster) => {
      cluster.dryRun = [
        500,
        'failed calling webhook "statefulsets.validate.rollcall.dev": no endpoints available for service "rollcall"',
      ];
    },
    check: "answer",
    status: "fault",
    says: /no replica of the webhook accepts connections/,
    fix: /get pods/,
  },
  {
    what: "a webhook that is not asked",
    plant: (cluster) => {
      cluster.dryRun = [201, ""];
    },
    check: "answer",
    status: "fault",
    says: /accepted a labelled StatefulSet in namespace shop without asking the webhook/,
    fix: create("ValidatingWebhookConfiguration", "rollcall"),
  },
  {
    what: "a user who may not create StatefulSets",
    plant: (cluster) => {
      cluster.dryRun = [
        403,
        'statefulsets.apps is forbidden: User "jane" cannot create resource "statefulsets"',
      ];
    },
    check: "answer",
    status: "unknown",
    says: /you may not create StatefulSets in namespace shop/,
    fix: /auth can-i create statefulsets\.apps -n shop$/,
  },
  {
    what: "a missing definition",
    plant: (cluster) => cluster.objects.delete(DEFINITION),
    check: "definition",
    status: "fault",
    says: /rollcallprofiles\.rollcall\.dev does not exist/,
    fix: create("CustomResourceDefinition", "rollcallprofiles.rollcall.dev"),
  },
  {
    what: "a definition with the schema of another version",
    plant: (cluster) => {
      const { spec } = cluster.get<{
        spec: { versions: { schema: { openAPIV3Schema: { properties: Record<string, object> } } }[] };
      }>(DEFINITION);
      Object.assign(spec.versions[0]?.schema.openAPIV3Schema.properties ?? {}, { later: { type: "string" } });
    },
    check: "definition",
    status: "fault",
    says: /the schema of .* is not that of this version: openAPIV3Schema\.properties\.later differs/,
    fix: replace("CustomResourceDefinition", "rollcallprofiles.rollcall.dev"),
  },
  {
    what: "a missing policy",
    plant: (cluster) => cluster.objects.delete("ValidatingAdmissionPolicy/leases.rollcall.dev"),
    check: "policies",
    status: "fault",
    says: /ValidatingAdmissionPolicy leases\.rollcall\.dev does not exist/,
    fix: create("ValidatingAdmissionPolicy", "leases.rollcall.dev"),
  },
  {
    what: "a binding that only audits",
    plant: (cluster) => {
      cluster.get<{ spec: { validationActions: string[] } }>(
        "ValidatingAdmissionPolicyBinding/override.rollcall.dev",
      ).spec.validationActions = ["Audit"];
    },
    check: "policies",
    status: "fault",
    says: /override\.rollcall\.dev differs from this version's in spec\.validationActions\[0\]/,
    fix: replace("ValidatingAdmissionPolicyBinding", "override.rollcall.dev"),
  },
  {
    what: "a missing role for members",
    plant: (cluster) => cluster.objects.delete("ClusterRole/rollcall-member"),
    check: "roles",
    status: "fault",
    says: /ClusterRole rollcall-member does not exist/,
    fix: create("ClusterRole", "rollcall-member"),
  },
  {
    what: "a binding to another role",
    plant: (cluster) => {
      cluster.get<{ roleRef: { name: string } }>("ClusterRoleBinding/rollcall").roleRef.name = "view";
    },
    check: "roles",
    status: "fault",
    says: /ClusterRoleBinding rollcall differs from this version's in roleRef/,
    fix: /delete clusterrolebinding rollcall$/,
  },
  {
    what: "an account that may not publish its CA",
    plant: (cluster) => cluster.withheld.add("patch mutatingwebhookconfigurations"),
    check: "rights",
    status: "fault",
    says: /system:serviceaccount:rollcall-system:rollcall may not patch mutatingwebhookconfigurations/,
    fix: create("ClusterRole", "rollcall"),
  },
  {
    what: "a profile that is not active",
    plant: (cluster) =>
      cluster.put(
        "RollcallProfile",
        buildStoredProfile("demo", {
          ready: { status: "False", reason: "Conflict", message: "overlaps with older" },
        }),
      ),
    check: "profiles",
    status: "fault",
    says: /RollcallProfile demo is not active \(Conflict\): overlaps with older/,
    fix: /edit rcp demo$/,
  },
  {
    what: "a profile whose latest edit nobody has judged",
    plant: (cluster) => {
      cluster.get<{ metadata: { generation: number } }>("RollcallProfile/demo").metadata.generation = 5;
    },
    check: "profiles",
    status: "fault",
    says: /the status is of generation 1, the profile has 5/,
    fix: /logs deployment\/rollcall$/,
  },
  {
    what: "a profile that is not used",
    plant: (cluster) => cluster.put("RollcallProfile", buildStoredProfile("spare")),
    check: "unused-profiles",
    status: "info",
    says: /no StatefulSet uses 1 of 2 profiles: spare/,
    fix: /get rcp$/,
  },
  {
    what: "a StatefulSet whose profile does not exist",
    plant: (cluster) => cluster.put("StatefulSet", buildSet("db", "gone")),
    check: "statefulsets",
    status: "fault",
    says: /StatefulSet shop\/db names the profile "gone", which does not exist/,
    fix: /-n shop edit statefulset db$/,
  },
  {
    what: "a StatefulSet without the label in its selector",
    plant: (cluster) => {
      cluster.put("RollcallProfile", buildStoredProfile("demo", { spec: "selectorLabel: Require" }));
      cluster.put("StatefulSet", buildSet("db", "demo", {}));
    },
    check: "statefulsets",
    status: "fault",
    says: /StatefulSet shop\/db does not have the label rollcall\.dev\/profile in its selector \(RC121\)/,
    fix: /delete statefulset db --cascade=orphan$/,
  },
  {
    what: "a pod that was created while the webhook was away",
    plant: (cluster) => cluster.put("Pod", buildStoredPod("web-1", "demo", false)),
    check: "pods",
    status: "fault",
    says: /pod shop\/web-1 is labelled, and was not injected/,
    fix: /-n shop delete pod web-1$/,
  },
  {
    what: "a node without image volumes",
    plant: (cluster) => {
      cluster.put("RollcallProfile", buildStoredProfile("demo", { spec: "runner: {delivery: ImageVolume}" }));
      cluster.put("Node", buildNode("n2", "v1.36.0", "containerd://1.7.29"));
    },
    check: "image-volumes",
    status: "fault",
    says: /1 of 2 nodes \(n2; the first has v1\.36\.0, containerd:\/\/1\.7\.29\) cannot mount image volumes/,
    fix: /patch rcp demo --type=merge -p '\{"spec":\{"runner":\{"delivery":"Copy"\}\}\}'$/,
  },
  {
    what: "a node whose image volumes are behind a gate",
    plant: (cluster) => {
      cluster.put("RollcallProfile", buildStoredProfile("demo", { spec: "runner: {delivery: ImageVolume}" }));
      cluster.put("Node", buildNode("n2", "v1.33.1", "cri-o://1.33.0"));
    },
    check: "image-volumes",
    status: "unknown",
    says: /behind the feature gate ImageVolume/,
    fix: /^rollcall doctor --kubeconfig \S+ --system rollcall-system --probe --namespace NAMESPACE$/,
  },
  {
    what: "a second installation",
    plant: (cluster) => {
      const { metadata } = cluster.get<{ metadata: object }>(DEPLOYMENT);
      cluster.put("Deployment", {
        ...structuredClone(cluster.get(DEPLOYMENT)),
        metadata: { ...metadata, namespace: "old" },
      });
    },
    check: "other-installations",
    status: "fault",
    says: /Rollcall is installed in namespace old, too/,
    fix: /-n old delete deployment rollcall$/,
  },
  {
    what: "a webhook configuration of an earlier installation",
    plant: (cluster) => {
      const { webhooks } = structuredClone(cluster.get<Configuration>(VALIDATING));
      cluster.put("ValidatingWebhookConfiguration", { metadata: { name: "rollcall-old" }, webhooks });
    },
    check: "other-installations",
    status: "fault",
    says: /ValidatingWebhookConfiguration rollcall-old has entries of Rollcall/,
    fix: /delete validatingwebhookconfiguration rollcall-old$/,
  },
  {
    what: "a tool that writes caBundle",
    plant: (cluster) => {
      const fields = { "f:webhooks": { 'k:{"name":"a"}': { "f:clientConfig": { "f:caBundle": {} } } } };
      cluster.get<Configuration>(MUTATING).metadata["managedFields"] = [
        { manager: "rollcall", operation: "Update", fieldsV1: fields },
        { manager: "argocd-controller", operation: "Apply", fieldsV1: fields },
      ];
    },
    check: "ca-bundle-owners",
    status: "warning",
    says: /caBundle of MutatingWebhookConfiguration rollcall was written by argocd-controller$/,
    fix: /--show-managed-fields$/,
  },
];

describe("rollcall doctor names with what mends it", () => {
  let cluster: InstallationStandIn;
  beforeEach(async () => {
    cluster = await InstallationStandIn.start();
  });
  afterEach(() => cluster.close());

  for (const { what, plant, check, status, says, fix } of PLANTED) {
    it(what, async () => {
      plant(cluster);
      const report = find(await cluster.runChecks(), check);
      const finding = report.findings.find((each) => says.test(each.message));
      assert.ok(finding, `${report.status}: ${JSON.stringify(report.findings)}`);
      assert.deepEqual([finding.status, report.status], [status, status]);
      assert.ok(finding.why !== "", "it does not say why that matters");
      if (fix !== null)
        assert.ok(
          finding.commands.some((each) => fix.test(each)),
          finding.commands.join("\n"),
        );
    });
  }

  it("several faults at once, each under its group, and counts them", async () => {
    cluster.objects.delete(`PodDisruptionBudget/${WEBHOOK_NAMESPACE}/rollcall`);
    cluster.objects.delete("ClusterRole/rollcall-member");
    const { code, stdout } = await cluster.doctor();
    assert.equal(code, 1, stdout);
    assert.match(
      stdout,
      /^Installation\n-+\n× fault: PodDisruptionBudget .* does not exist\n {4}a node drain .*\n {4}fix:\n {6}rollcall doctor /m,
    );
    assert.equal(stdout.trim().split("\n").at(-1), "× 18 checks: 2 with faults");
  });

  it("Helm where Rollcall was installed with it", async () => {
    cluster.get<Deployment>(DEPLOYMENT).metadata.annotations = { "meta.helm.sh/release-name": "mine" };
    cluster.objects.delete(`Service/${WEBHOOK_NAMESPACE}/rollcall`);
    const { findings } = find(await cluster.runChecks(), "objects");
    assert.deepEqual(findings[0]?.commands, [
      "helm -n rollcall-system upgrade mine manifests/helm/rollcall --reuse-values",
    ]);
  });
});

describe("rollcall doctor accepts", () => {
  let cluster: InstallationStandIn;
  beforeEach(async () => {
    cluster = await InstallationStandIn.start();
  });
  afterEach(() => cluster.close());

  it("users of another StatefulSet controller, if webhook configuration and Deployment agree", async () => {
    const env = { name: "ROLLCALL_CONTROLLER_USERS", value: "system:serviceaccount:kube-system:other" };
    cluster.get<Deployment>(DEPLOYMENT).spec.template.spec.containers[0]?.env.push(env);
    assert.equal(find(await cluster.runChecks(), "configurations").status, "fault");
    const gate = cluster.get<Configuration>(VALIDATING).webhooks[1] as unknown as {
      matchConditions: { expression: string }[];
    };
    const [condition] = gate.matchConditions;
    assert.ok(condition);
    condition.expression = `request.userInfo.username in ['${env.value}']`;
    assert.equal(find(await cluster.runChecks(), "configurations").status, "ok");
  });

  it("a certificate of another controller, whose account needs fewer rights", async () => {
    const { containers } = cluster.get<Deployment>(DEPLOYMENT).spec.template.spec;
    containers[0]?.env.push({ name: "ROLLCALL_CERTIFICATE", value: "external" });
    for (const each of ["patch mutatingwebhookconfigurations", "update secrets", "create secrets"])
      cluster.withheld.add(each);
    assert.equal(find(await cluster.runChecks(), "rights").status, "ok");
  });

  it("a pod that has its number only, since its profile needs no more", async () => {
    const pod = buildStoredPod("web-1", "demo", false);
    Object.assign(pod, { spec: { containers: [{ name: "app", env: [{ name: "NODE_ID", value: "2" }] }] } });
    cluster.put("Pod", pod);
    assert.equal(find(await cluster.runChecks(), "pods").status, "fault", "the steps are missing");
    const generic = "nodeID: {env: NODE_ID, base: 1, max: 9}";
    cluster.put("RollcallProfile", buildStoredProfile("demo", { generic }));
    assert.equal(find(await cluster.runChecks(), "pods").status, "ok");
  });

  it("no text of the cluster that controls the terminal, or is endless", async () => {
    const message = `\u001b[2J\u009b31m${"x".repeat(100_000)}\nfault: invented`;
    cluster.put("RollcallProfile", buildStoredProfile("demo", { ready: { status: "False", message } }));
    cluster.put("StatefulSet", buildSet("--all", "demo"));
    const text = formatDoctorReport(await cluster.runChecks(), (_, each) => each);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|^fault: invented|--all/m);
    assert.ok(text.length < 10_000, `${text.length} characters`);
  });

  it("no endless answer, and reports what it could not find out", async () => {
    cluster.instead = (request, response) => {
      if (!/\/pods\?/.test(request.url ?? "")) return false;
      response.writeHead(200);
      const write = (): boolean => response.write(" ".repeat(65_536));
      response.on("drain", write);
      write();
      return true;
    };
    const report = find(await cluster.runChecks(), "pods");
    assert.equal(report.status, "unknown");
    assert.match(report.message, /larger than 1 MiB/);
  });
});

describe("rollcall doctor --probe", () => {
  let cluster: InstallationStandIn;
  let phase: string;
  let volumes: readonly object[];
  beforeEach(async () => {
    cluster = await InstallationStandIn.start();
    phase = "Succeeded";
    volumes = [
      { name: "token", projected: {} },
      { name: "image", image: { reference: "init" } },
    ];
    cluster.instead = (request, response) => {
      const { method, url = "" } = request;
      const isProbe = /^\/api\/v1\/namespaces\/lab\/pods(\/rollcall-doctor-|$)/.test(url);
      if (!isProbe) return false;
      if (method === "GET")
        response.writeHead(200).end(JSON.stringify({ spec: { volumes }, status: buildStatus(phase) }));
      else response.writeHead(method === "POST" ? 201 : 200).end("{}");
      return true;
    };
  });
  afterEach(() => cluster.close());

  const buildStatus = (found: string): unknown => ({
    phase: found,
    containerStatuses: [
      { state: { waiting: { reason: "CreateContainerError", message: "no image volumes" } } },
    ],
  });

  const listWrites = (): string[] =>
    cluster.requests
      .filter((line) => /^(POST|DELETE) \/api\//.test(line))
      .map((line) => line.split("?")[0] ?? "");

  it("makes a pod in the given namespace, and removes it", async () => {
    const report = find(await cluster.runChecks({ namespace: "lab", probe: true }), "image-volumes");
    assert.equal(report.status, "ok", report.message);
    const [made, removed, ...others] = listWrites();
    assert.deepEqual([made, others], ["POST /api/v1/namespaces/lab/pods", []]);
    assert.match(removed ?? "", /^DELETE \/api\/v1\/namespaces\/lab\/pods\/rollcall-doctor-[0-9a-f]{8}$/);
  });

  it("removes a pod that does not start, too, and says why it does not", async () => {
    phase = "Pending";
    const report = find(await cluster.runChecks({ namespace: "lab", probe: true }), "image-volumes");
    assert.equal(report.status, "fault");
    assert.match(report.message, /does not start: CreateContainerError no image volumes/);
    assert.match(listWrites().at(-1) ?? "", /^DELETE /);
  });

  it("finds an API server that drops the volume's field, after which the pod runs with an empty folder", async () => {
    volumes = [{ name: "image", emptyDir: {} }];
    const report = find(await cluster.runChecks({ namespace: "lab", probe: true }), "image-volumes");
    assert.equal(report.status, "fault");
    assert.match(
      report.message,
      /the API server does not know image volumes: it dropped that of probe pod lab/,
    );
    assert.match(listWrites().at(-1) ?? "", /^DELETE /);
  });

  it("removes the pod when it is interrupted", async () => {
    phase = "Pending";
    const status = buildStatus(phase) as { containerStatuses: unknown[] };
    status.containerStatuses = [];
    const before = cluster.instead;
    let program: ChildProcess | undefined;
    cluster.instead = (request, response) => {
      if (request.method !== "GET" || !/lab\/pods\/rollcall-doctor-/.test(request.url ?? ""))
        return before(request, response);
      response.writeHead(200).end(JSON.stringify({ status }));
      program?.kill("SIGINT");
      return true;
    };
    program = spawn(
      process.execPath,
      [CLI_SOURCE, "doctor", "--kubeconfig", cluster.kubeconfig, "-n", "lab", "--probe"],
      { stdio: "ignore" },
    );
    const code = await new Promise((resolve) => program?.once("close", resolve));
    assert.equal(code, 3);
    assert.match(listWrites().at(-1) ?? "", /^DELETE \/api\/v1\/namespaces\/lab\/pods\/rollcall-doctor-/);
  });

  it("says so if the pod cannot be created", async () => {
    cluster.instead = (request, response) => {
      if (request.method !== "POST" || !/lab\/pods/.test(request.url ?? "")) return false;
      sendRefusal(response, 403, "pods is forbidden");
      return true;
    };
    const report = find(await cluster.runChecks({ namespace: "lab", probe: true }), "image-volumes");
    assert.equal(report.status, "unknown");
    assert.match(report.message, /could not be created \(403\): pods is forbidden/);
  });
});

function find(reports: readonly CheckReport[], name: string): CheckReport {
  const found = reports.find((each) => each.name === name);
  assert.ok(
    found,
    `there is no check ${name}: ${reports.map((each) => `${each.name}: ${each.message}`).join("; ")}`,
  );
  return found;
}

// Renders the charts with real Helm 3 and 4, without a cluster: the result equals the base, in any namespace, and each
// value changes only what it describes.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPatch } from "rfc6902";
import { parseAllDocuments } from "yaml";
import { NAMESPACED } from "../../build/manifests/base.ts";
import { writeInstall } from "../../build/manifests/writeInstall.ts";
import { findBuiltTool } from "../e2e/cluster/provider.ts";
import { needs } from "../requirements.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

const CHART = join(REPOSITORY_ROOT, "manifests/helm/rollcall");
const PROFILES = join(REPOSITORY_ROOT, "manifests/helm/rollcall-profiles");
const NAMESPACE = "rollcall-system";

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/** Objects by kind and name. */
type Objects = Record<string, Manifest>;

function parseObjects(text: string): Objects {
  const documents = parseAllDocuments(text, { merge: true });
  const objects = documents
    .map((document) => document.toJS() as Manifest | null)
    .filter((each) => each !== null);
  const named = Object.fromEntries(objects.map((each) => [`${each.kind} ${each.metadata.name}`, each]));
  assert.equal(Object.keys(named).length, objects.length, "two objects of one name");
  return named;
}

/** Labels that Helm and this chart add to every object (see the chart's README). */
const ADDED_LABELS = [
  "app.kubernetes.io/instance",
  "app.kubernetes.io/managed-by",
  "app.kubernetes.io/version",
  "helm.sh/chart",
];

/** The objects without the differences that the chart's README lists. */
function withoutAdded(objects: Objects): Objects {
  const plain = structuredClone(objects);
  for (const { metadata, kind } of Object.values(plain)) {
    for (const label of ADDED_LABELS) {
      assert.ok(metadata.labels?.[label] !== undefined, `${kind} ${metadata.name} has no label ${label}`);
      delete metadata.labels[label];
    }
    if (kind !== "CustomResourceDefinition") continue;
    assert.deepEqual(metadata.annotations, { "helm.sh/resource-policy": "keep" });
    delete metadata.annotations;
  }
  return plain;
}

/** Removes the namespace that kustomize adds to cluster-scoped kinds that it does not know. */
function withoutForeignNamespaces(objects: Objects): Objects {
  const plain = structuredClone(objects);
  for (const { kind, metadata } of Object.values(plain)) {
    if (!NAMESPACED.includes(kind)) delete metadata.namespace;
  }
  return plain;
}

const kubectlNeeded = "kubectl, which `npm run cluster -- image` builds";

async function kustomize(context: Mocha.Context, folder: string): Promise<Objects> {
  const kubectl = await findBuiltTool("kubectl");
  needs(context, kubectl !== null, kubectlNeeded);
  const { code, stdout, stderr } = await runProgram(
    kubectl ?? "",
    ["kustomize", join(REPOSITORY_ROOT, folder)],
    {
      env: { ...process.env, KUBECONFIG: "/dev/null" },
    },
  );
  assert.equal(code, 0, stderr);
  return withoutForeignNamespaces(parseObjects(stdout));
}

interface PodOwner {
  readonly spec: { template: { spec: { containers: { env: { name: string }[] }[] } } };
}

/**
 * Sorts the webhook's variables by name: a kustomize patch puts its own first. The order has no meaning, since none
 * refers to another.
 */
function sortVariables(objects: Objects): Objects {
  const sorted = structuredClone(objects);
  const { spec } = sorted["Deployment rollcall"] as unknown as PodOwner;
  for (const { env } of spec.template.spec.containers) env.sort((a, b) => (a.name < b.name ? -1 : 1));
  return sorted;
}

/** JSON with the base's namespace replaced. */
const inNamespace = (objects: Objects, namespace: string): Objects =>
  JSON.parse(JSON.stringify(objects).replaceAll(NAMESPACE, namespace)) as Objects;

describe("install.yaml", function () {
  this.timeout(60_000);

  it("equals the output of kustomize", async function () {
    const base = await kustomize(this, "manifests/base");
    assert.deepEqual(parseObjects(await writeInstall("registry.local/rollcall")), base);
  });
});

for (const helm of ["helm3", "helm4"] as const) {
  describe(`the charts by ${helm}`, function () {
    this.timeout(120_000);
    let program = "";
    let folder = "";
    let base: Objects = {};
    before(async function () {
      const built = await findBuiltTool(helm);
      needs(this, built !== null, `${helm}, which \`npm run cluster -- tools\` builds`);
      program = built ?? "";
      base = await kustomize(this, "manifests/base");
      folder = await mkdtemp(join(tmpdir(), "rollcall-helm-"));
    });
    after(async () => {
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    });

    const run = (args: readonly string[]) => {
      // independent of the user's repositories, plugins and clusters
      const own = { HOME: folder, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
      const env = { PATH: process.env["PATH"], ...own, KUBECONFIG: "/dev/null" };
      return runProgram(program, args, { env, cwd: folder });
    };

    interface RenderInput {
      readonly chart?: string;
      readonly namespace?: string;
      /** JSON is YAML: the values file */
      readonly values?: unknown;
    }

    async function template({ chart = CHART, namespace = NAMESPACE, values = {} }: RenderInput) {
      await writeFile(join(folder, "values.json"), JSON.stringify(values));
      const options = ["--namespace", namespace, "--values", join(folder, "values.json")];
      return run(["template", "rollcall", chart, ...options]);
    }

    async function render(rendering: RenderInput): Promise<Objects> {
      const { code, stdout, stderr } = await template(rendering);
      assert.equal(code, 0, stderr);
      return parseObjects(stdout);
    }

    /** Helm's error for these values. */
    async function refusal(rendering: RenderInput): Promise<string> {
      const { code, stderr } = await template(rendering);
      assert.equal(code, 1);
      return stderr;
    }

    /** What the values change, as `PATH: VALUE`, and `PATH` for what they remove. */
    async function changesBy(values: unknown): Promise<string[]> {
      const [plain, changed] = [await render({}), await render({ values })];
      return createPatch(plain, changed)
        .map((operation) => {
          const path = operation.path.slice(1).replaceAll("~1", "/");
          return "value" in operation ? `${path}: ${JSON.stringify(operation.value)}` : path;
        })
        .sort();
    }

    it("have the pinned version", async () => {
      assert.match(
        (await run(["version", "--short"])).stdout,
        helm === "helm3" ? /^v3\.\d+\.\d+/ : /^v4\.\d+\.\d+/,
      );
    });

    for (const chart of [CHART, PROFILES]) {
      it(`pass lint: ${chart.slice(REPOSITORY_ROOT.length)}`, async () => {
        const { code, stdout, stderr } = await run(["lint", "--strict", chart]);
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
      });
    }

    it("can be packaged", async () => {
      for (const chart of [CHART, PROFILES])
        assert.match((await run(["package", chart])).stdout, /Successfully packaged chart/);
    });

    it("are the base, object by object", async () => {
      assert.deepEqual(withoutAdded(await render({ values: { namespace: { create: true } } })), base);
    });

    it("omit only the Namespace when Helm creates it", async () => {
      const { [`Namespace ${NAMESPACE}`]: _namespace, ...others } = base;
      assert.deepEqual(withoutAdded(await render({})), others);
    });

    it("use another namespace everywhere: selectors, expressions, references, accounts", async () => {
      const values = { namespace: { create: true } };
      const rendered = withoutAdded(await render({ namespace: "guard-1", values }));
      assert.deepEqual(rendered, inNamespace(base, "guard-1"));
      assert.doesNotMatch(JSON.stringify(rendered), /rollcall-system/);
    });

    for (const [overlay, values] of [
      ["floor", { floor: { enabled: true } }],
      ["network-policy", { networkPolicy: { enabled: true, from: ["192.0.2.1/32"] } }],
      ["priority-quota", { priorityQuota: { enabled: true } }],
      ["client-certificate", { clientCertificate: { enabled: true } }],
      ["cert-manager", { certificates: { issuer: "cert-manager" } }],
      ["host-network", { hostNetwork: true }],
      ["kubelet-port", { port: 10250 }],
      ["pull-secret", { images: { pullSecrets: ["registry"] } }],
    ] as const) {
      it(`equal the overlay ${overlay} if its value is set`, async function () {
        const expected = { ...base, ...(await kustomize(this, `manifests/overlays/${overlay}`)) };
        const rendered = withoutAdded(await render({ values: { ...values, namespace: { create: true } } }));
        assert.deepEqual(sortVariables(rendered), sortVariables(expected));
      });
    }

    const POD = "Deployment rollcall/spec/template/spec";
    const DIGEST = `sha256:${"a".repeat(64)}`;
    const cases: [what: string, values: unknown, changes: readonly string[]][] = [
      ["replicas", { replicas: 3 }, ["Deployment rollcall/spec/replicas: 3"]],
      ["maxUnavailable", { maxUnavailable: 2 }, ["PodDisruptionBudget rollcall/spec/maxUnavailable: 2"]],
      [
        "images",
        {
          images: {
            registry: "r.example.com/x/",
            webhook: { tag: "1" },
            init: { repository: "run", digest: DIGEST },
            pullPolicy: "Always",
            pullSecrets: ["one", "two"],
          },
        },
        [
          `${POD}/containers/0/image: "r.example.com/x/webhook:1"`,
          `${POD}/containers/0/imagePullPolicy: "Always"`,
          `${POD}/imagePullSecrets: [{"name":"one"},{"name":"two"}]`,
          `${POD}/initContainers/0/image: "r.example.com/x/run@${DIGEST}"`,
          `${POD}/initContainers/0/imagePullPolicy: "Always"`,
        ],
      ],
      [
        "resources",
        { resources: { webhook: { limits: { memory: "1Gi" } }, init: { requests: { cpu: 1 } } } },
        [
          `${POD}/containers/0/resources/limits/memory: "1Gi"`,
          `${POD}/initContainers/0/resources/requests/cpu: 1`,
        ],
      ],
      [
        "scheduling",
        {
          scheduling: {
            priorityClassName: "",
            nodeSelector: { disk: "ssd" },
            tolerations: [{ key: "control", operator: "Exists" }],
            affinity: { podAntiAffinity: null },
            topologySpreadConstraints: [{ maxSkew: 1 }],
          },
        },
        [
          `${POD}/affinity`,
          `${POD}/nodeSelector: {"disk":"ssd"}`,
          `${POD}/priorityClassName`,
          `${POD}/tolerations: [{"key":"control","operator":"Exists"}]`,
          `${POD}/topologySpreadConstraints: [{"maxSkew":1}]`,
        ],
      ],
      [
        "pod labels and annotations",
        { podLabels: { team: "a", "app.kubernetes.io/name": "other" }, podAnnotations: { note: "b" } },
        [
          `Deployment rollcall/spec/template/metadata/annotations: {"note":"b"}`,
          `Deployment rollcall/spec/template/metadata/labels/team: "a"`,
        ],
      ],
      [
        "settings",
        { logLevel: "debug", drainSeconds: 20, port: 9443 },
        [
          `${POD}/containers/0/env/2/value: "9443"`,
          `${POD}/containers/0/env/-: {"name":"ROLLCALL_LOG_LEVEL","value":"debug"}`,
          `${POD}/containers/0/env/-: {"name":"ROLLCALL_DRAIN_SECONDS","value":"20"}`,
          `${POD}/containers/0/ports/0/containerPort: 9443`,
          `${POD}/terminationGracePeriodSeconds: 52`,
        ],
      ],
      [
        "the host network",
        { hostNetwork: true },
        [
          "Deployment rollcall/spec/strategy/rollingUpdate/maxSurge: 0",
          "Deployment rollcall/spec/strategy/rollingUpdate/maxUnavailable: 1",
          `${POD}/dnsPolicy: "ClusterFirstWithHostNet"`,
          `${POD}/hostNetwork: true`,
        ],
      ],
      [
        "controller users, in the webhook and in its configuration",
        { controllerUsers: ["system:x"] },
        [
          `${POD}/containers/0/env/-: {"name":"ROLLCALL_CONTROLLER_USERS","value":"system:x"}`,
          `ValidatingWebhookConfiguration rollcall/webhooks/1/matchConditions/0/expression: "request.userInfo.username in ['system:x']"`,
        ],
      ],
      [
        "the break-glass group",
        { breakGlassGroup: "sre" },
        [`ClusterRoleBinding rollcall-breakglass/subjects/0/name: "sre"`],
      ],
      [
        "the definition that is left out",
        { crd: { install: false } },
        ["CustomResourceDefinition rollcallprofiles.rollcall.dev"],
      ],
    ];
    for (const [what, values, changes] of cases) {
      it(`change only what a value describes: ${what}`, async () => {
        assert.deepEqual(await changesBy(values), [...changes].sort());
      });
    }

    it("add labels and annotations to every object, and keep their own", async () => {
      const values = {
        labels: { team: "a", "app.kubernetes.io/name": "other" },
        annotations: { note: "b", "helm.sh/resource-policy": "delete" },
        floor: { enabled: true },
        certificates: { issuer: "cert-manager" },
      };
      const rendered = Object.values(await render({ values }));
      for (const { kind, metadata } of rendered) {
        assert.equal(metadata.labels?.["team"], "a", kind);
        assert.equal(metadata.labels?.["app.kubernetes.io/name"], "rollcall", kind);
        assert.equal(metadata.annotations?.["note"], "b", kind);
      }
      const crd = rendered.find(({ kind }) => kind === "CustomResourceDefinition");
      assert.equal(crd?.metadata.annotations?.["helm.sh/resource-policy"], "keep");
    });

    it("spare profiles from both policies of the floor", async () => {
      const values = { floor: { enabled: true, sparedProfiles: ["demo", "other"] } };
      const rendered = JSON.stringify(await render({ values }));
      assert.equal(rendered.split(`"name":"spared","expression":"['demo', 'other']"`).length - 1, 2);
    });

    it("leave the certificate to cert-manager, and remove the webhook's rights to write it", async () => {
      const values = { certificates: { issuer: "cert-manager" } };
      const added = `{"cert-manager.io/inject-ca-from":"${NAMESPACE}/rollcall"}`;
      const changes = await changesBy(values);
      const others = changes.filter((change) => !/^(Issuer|Certificate) /.test(change));
      assert.deepEqual(others, [
        "ClusterRole rollcall/rules/0/verbs/1",
        `${POD}/containers/0/env/-: {"name":"ROLLCALL_CERTIFICATE","value":"external"}`,
        `MutatingWebhookConfiguration rollcall/metadata/annotations: ${added}`,
        "Role rollcall/rules/0/verbs/1",
        "Role rollcall/rules/1",
        `ValidatingWebhookConfiguration rollcall/metadata/annotations: ${added}`,
      ]);
      const made = changes
        .filter((change) => !others.includes(change))
        .map((change) => change.split(":")[0])
        .sort();
      assert.deepEqual(made, [
        "Certificate rollcall",
        "Certificate rollcall-ca",
        "Issuer rollcall-ca",
        "Issuer rollcall-self-signed",
      ]);
      const { "Certificate rollcall": certificate } = await render({ values, namespace: "guard-1" });
      assert.match(JSON.stringify(certificate), /"secretName":"rollcall-tls".*"rollcall\.guard-1\.svc"/);
    });

    it("use an existing issuer", async () => {
      const issuerRef = { name: "corporate", kind: "ClusterIssuer", group: "cert-manager.io" };
      const values = { certificates: { issuer: "cert-manager", certManager: { issuerRef } } };
      const { "Certificate rollcall": certificate, ...others } = await render({ values });
      assert.deepEqual(
        (certificate as unknown as { spec: { issuerRef: unknown } }).spec.issuerRef,
        issuerRef,
      );
      assert.equal(
        Object.keys(others).some((name) => /^(Issuer|Certificate) /.test(name)),
        false,
      );
    });

    const refused: [what: string, rendering: RenderInput, told: RegExp][] = [
      ["a misspelled value", { values: { replica: 3 } }, /additional properties 'replica' not allowed/],
      [
        "a misspelled value below another",
        { values: { images: { webhook: { tags: "1" } } } },
        /at '\/images\/webhook': additional properties 'tags' not allowed/,
      ],
      ["a value of another type", { values: { replicas: "3" } }, /at '\/replicas': got string, want integer/],
      [
        "a quote in a user name",
        { values: { controllerUsers: ["a' || true || 'b"] } },
        /at '\/controllerUsers\/0': .*does not match pattern/,
      ],
      [
        "the namespace of workloads",
        { namespace: "default" },
        /needs a namespace without workloads, not default: use --namespace rollcall-system/,
      ],
      [
        "a network policy without addresses",
        { values: { networkPolicy: { enabled: true } } },
        /networkPolicy\.from is empty/,
      ],
      [
        "a network policy for the host network",
        { values: { hostNetwork: true, networkPolicy: { enabled: true, from: ["10.0.0.0/8"] } } },
        /networkPolicy\.enabled has no effect on pods in the host network/,
      ],
      [
        "a misspelled field of a profile",
        {
          chart: PROFILES,
          values: { profiles: { demo: { type: "Generic", namespaces: ["*"], generik: {} } } },
        },
        /at '\/profiles\/demo': additional properties 'generik' not allowed/,
      ],
    ];
    for (const [what, rendering, told] of refused) {
      it(`refuse ${what}`, async () => {
        assert.match(await refusal(rendering), told);
      });
    }

    it("create profiles from values", async () => {
      const spec = {
        type: "Generic",
        namespaces: ["shop"],
        generic: { containers: ["app"], nodeID: { base: 1, max: 9 }, scaleDown: { policy: "Deny" } },
      };
      const values = { profiles: { one: spec, two: spec }, keep: true, labels: { team: "a" } };
      const rendered = await render({ chart: PROFILES, values });
      assert.deepEqual(Object.keys(rendered), ["RollcallProfile one", "RollcallProfile two"]);
      const one = rendered["RollcallProfile one"] as Manifest & { apiVersion: string; spec: unknown };
      assert.deepEqual([one.apiVersion, one.spec], ["rollcall.dev/v1alpha1", spec]);
      assert.equal(one.metadata.labels?.["team"], "a");
      assert.deepEqual(one.metadata.annotations, { "helm.sh/resource-policy": "keep" });
    });

    it("print the next steps after an installation", async () => {
      // Helm 3 prints notes only with a cluster, so a copy of the chart has them in an object
      const copy = join(folder, "with-notes");
      await cp(CHART, copy, { recursive: true });
      const notes = await readFile(join(CHART, "templates/NOTES.txt"), "utf8");
      const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\ndata:\n  text: |\n";
      await writeFile(join(copy, "templates/notes.yaml"), `${head}${notes.replaceAll(/^(?=.)/gm, "    ")}`);
      const rendered = await render({ chart: copy, namespace: "guard-1" });
      const { text } = (rendered["ConfigMap notes"] as unknown as { data: { text: string } }).data;
      assert.match(text, /kubectl -n guard-1 rollout status deployment\/rollcall/);
      assert.match(text, /registry\.local\/rollcall is a placeholder/);
    });
  });
}

// `rollcall post-render` on what Ozone's chart renders, as Helm 3 and Helm 4 pass it.
import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { WEBHOOK_PRESETS } from "../../../presets/webhook.ts";
import { changeManifests, type PostRenderSettings } from "../../../webhook/cli/postRender/changeManifests.ts";
import {
  buildChartManifests,
  type ChartInput,
  printChartManifests,
} from "../../manifests/ozoneChart/buildChartManifests.ts";
import { runCli } from "./cli.ts";

const CHARTS = WEBHOOK_PRESETS.flatMap(({ chart }) => chart ?? []);
const SETTINGS: PostRenderSettings = {
  profile: "ring",
  name: "ozone-om",
  serviceAccount: undefined,
  selector: false,
  patchOnly: false,
};

const change = (text: string, settings: Partial<PostRenderSettings> = {}) =>
  changeManifests(text, { ...SETTINGS, ...settings }, CHARTS);

const render = (input: ChartInput, helm: 3 | 4 | "template" = 3): string =>
  printChartManifests(buildChartManifests(input), helm);

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // tests read fields by their paths
  readonly [other: string]: unknown;
}

const parse = (text: string): Manifest[] =>
  parseAllDocuments(text, { version: "1.1" }).flatMap(
    (document) => (document.toJS() as Manifest | null) ?? [],
  );

function find(text: string, kind: string, name: string): Manifest | undefined {
  return parse(text).find((each) => each.kind === kind && each.metadata.name === name);
}

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly initContainers?: unknown[];
    readonly volumes: { readonly name: string }[];
  };
}

function readSpec(text: string, kind: string, name: string): Record<string, unknown> {
  const spec = find(text, kind, name)?.["spec"];
  if (typeof spec !== "object" || spec === null) assert.fail(`no ${kind} ${name} with a spec`);
  return spec as Record<string, unknown>;
}

const readTemplate = (text: string): Template =>
  readSpec(text, "StatefulSet", "ozone-om")["template"] as Template;

const listNames = (text: string, kind: string): string[] =>
  parse(text)
    .filter((each) => each.kind === kind)
    .map(({ metadata }) => metadata.name);

describe("rollcall post-render", () => {
  it("adds what the chart lacks, and leaves every other object as it is, byte by byte", () => {
    const before = render({ replicas: 3 });
    const { text, notes, hiddenHooks } = change(before);
    assert.deepEqual(hiddenHooks, []);
    const { metadata, spec } = readTemplate(text);
    assert.equal(metadata.labels["rollcall.dev/profile"], "ring");
    assert.equal(spec.serviceAccountName, "ozone-om");
    assert.deepEqual(readSpec(text, "Service", "ozone-om-headless")["publishNotReadyAddresses"], true);
    assert.deepEqual(listNames(text, "ServiceAccount"), ["ozone-om"]);
    assert.deepEqual(find(text, "RoleBinding", "ozone-om-rollcall-member")?.["subjects"], [
      { kind: "ServiceAccount", name: "ozone-om" },
    ]);
    // Helm 3 creates in the order of the text, and the StatefulSet needs the others
    const kinds = parse(text).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const at = kinds.indexOf("StatefulSet ozone-om");
    assert.deepEqual(kinds.slice(at - 3, at), [
      "ServiceAccount ozone-om",
      "RoleBinding ozone-om-rollcall-member",
      "PodDisruptionBudget ozone-om",
    ]);
    // a rollback must not take them from members that have not restarted yet
    for (const [kind, name] of [
      ["ServiceAccount", "ozone-om"],
      ["RoleBinding", "ozone-om-rollcall-member"],
    ] as const) {
      const kept = find(text, kind, name)?.["metadata"] as { annotations?: unknown };
      assert.deepEqual(kept.annotations, { "helm.sh/resource-policy": "keep" }, kind);
    }
    const budget = find(text, "PodDisruptionBudget", "ozone-om")?.["spec"] as Record<string, unknown>;
    assert.equal(budget["maxUnavailable"], 1);
    assert.equal(notes.length, 3, notes.join("\n"));
    const parts = text.split(/^(?=---\n)/m);
    const changed = before.split(/^(?=---\n)/m).filter((part) => !parts.includes(part));
    assert.deepEqual(
      changed.map((part) => /# Source: (.*)/.exec(part)?.[1]),
      ["ozone/templates/Service-ozone-om-headless.yaml", "ozone/templates/StatefulSet-ozone-om.yaml"],
    );
    // nothing else in the changed ones
    const without = JSON.parse(JSON.stringify(find(text, "StatefulSet", "ozone-om"))) as {
      spec: {
        template: { metadata: { labels: Record<string, string> }; spec: { serviceAccountName?: string } };
      };
    };
    delete without.spec.template.metadata.labels["rollcall.dev/profile"];
    delete without.spec.template.spec.serviceAccountName;
    assert.deepEqual(without, find(before, "StatefulSet", "ozone-om"));
  });

  it("changes nothing when it runs again", () => {
    for (const helm of [3, 4, "template"] as const) {
      const { text } = change(render({ replicas: 4, live: 3 }, helm));
      assert.deepEqual(change(text), { text, notes: [], hiddenHooks: [] });
    }
  });

  it("removes the chart's bootstrap container, with the volume of its script", () => {
    const before = render({ replicas: 4, live: 3 });
    assert.equal(readTemplate(before).spec.initContainers?.length, 1);
    const { text, notes } = change(before);
    const { spec } = readTemplate(text);
    assert.equal(spec.initContainers, undefined);
    assert.deepEqual(
      spec.volumes.map(({ name }) => name),
      ["config"],
    );
    assert.match(notes.join("\n"), /removed the init container om-bootstrap/);
  });

  it("keeps other init containers, and volumes that are still used", () => {
    const before = render({ replicas: 4, live: 3 }).replace(
      "initContainers:\n",
      "initContainers:\n        - {name: wait, image: i, volumeMounts: [{name: om-bootstrap-script, mountPath: /s}]} # keep\n",
    );
    const { text } = change(before);
    const { initContainers = [], volumes } = readTemplate(text).spec;
    assert.deepEqual([initContainers.length, volumes.length], [1, 2]);
    assert.match(text, /# keep/);
  });

  it("removes the chart's conflicting hooks where it sees them, and leaves its other hooks", () => {
    for (const helm of [4, "template"] as const) {
      const before = render({ replicas: 3, live: 7 }, helm);
      assert.equal(listNames(before, "Job").length, 5);
      const { text, notes, hiddenHooks } = change(before);
      assert.deepEqual(listNames(text, "Job"), []);
      assert.deepEqual(
        listNames(text, "Service").filter((name) => name.includes("decommission")),
        [],
      );
      assert.deepEqual(listNames(text, "ConfigMap"), ["ozone-ozone"]);
      assert.deepEqual(hiddenHooks, []);
      assert.match(notes.join("\n"), /removed the hook Job ozone-helm-manager-decommission-ozone-om-6/);
      assert.equal(listNames(text, "StatefulSet").length, 4);
    }
  });

  it("removes them from a stream that has hooks only, and from a List", () => {
    const hooks = buildChartManifests({ replicas: 3, live: 5 }).filter(
      ({ metadata }) => metadata.annotations?.["helm.sh/hook"] !== undefined,
    );
    assert.deepEqual(
      parse(change(printChartManifests(hooks, 4)).text).map(({ kind }) => kind),
      ["ConfigMap"],
    );
    const items = buildChartManifests({ replicas: 3, live: 5 });
    const { text } = change(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const list = parse(text).at(-1)?.["items"] as Manifest[];
    assert.deepEqual(
      list.filter(({ kind }) => kind === "Job"),
      [],
    );
    const set = list.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "ozone-om");
    assert.match(JSON.stringify(set), /"rollcall.dev\/profile":"ring"/);
  });

  it("names the hooks that Helm 3 does not pass", () => {
    const { hiddenHooks } = change(render({ replicas: 3, live: 5 }));
    assert.deepEqual(hiddenHooks, [
      "ozone-helm-manager-leader-transfer",
      "ozone-helm-manager-decommission-ozone-om-3",
      "ozone-helm-manager-decommission-ozone-om-4",
    ]);
    const jobs = buildChartManifests({ replicas: 3, live: 5 }).filter(({ kind }) => kind === "Job");
    assert.deepEqual(hiddenHooks.toSorted(), jobs.map(({ metadata }) => metadata.name).toSorted());
  });

  it("keeps a service account of the chart, and adds only a binding", () => {
    const before = render({ replicas: 3 }).replace(
      "      containers:\n        - name: om\n",
      "      serviceAccountName: own # theirs\n      containers:\n        - name: om\n",
    );
    const { text } = change(before);
    assert.match(text, /serviceAccountName: own # theirs/);
    assert.deepEqual(listNames(text, "ServiceAccount"), []);
    assert.deepEqual(listNames(text, "RoleBinding"), ["own-rollcall-member"]);
    const other = change(before, { serviceAccount: "mine" }).text;
    assert.equal(readTemplate(other).spec.serviceAccountName, "mine");
    assert.deepEqual(listNames(other, "ServiceAccount"), ["mine"]);
  });

  it("adds no second budget or binding, and nothing with --patch-only", () => {
    const theirs = `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: theirs}
spec: {minAvailable: 2, selector: {matchLabels: {app.kubernetes.io/component: om}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: theirs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: rollcall-member}
subjects: [{kind: ServiceAccount, name: ozone-om}]
`;
    const { text } = change(render({ replicas: 3 }) + theirs);
    assert.deepEqual(
      [listNames(text, "PodDisruptionBudget"), listNames(text, "RoleBinding")],
      [["theirs"], ["theirs"]],
    );
    assert.ok(text.includes(theirs));
    assert.deepEqual(listNames(change(render({ replicas: 3 }), { patchOnly: true }).text, "RoleBinding"), []);
  });

  it("adds the label to the selector of a new release only if it is told to", () => {
    const readSelector = (settings: Partial<PostRenderSettings>) => {
      const { text } = change(render({ replicas: 3 }), settings);
      const selector = readSpec(text, "StatefulSet", "ozone-om")["selector"];
      return (selector as { matchLabels: Record<string, string> }).matchLabels["rollcall.dev/profile"];
    };
    assert.deepEqual([readSelector({}), readSelector({ selector: true })], [undefined, "ring"]);
  });

  it("writes out aliases in what it changes, also of what it removes", () => {
    const text = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ozone-om, labels: &labels {app: om}}
spec:
  template:
    metadata: {labels: *labels}
    spec:
      initContainers: [{name: om-bootstrap, image: &i ozone, env: &env [{name: A}]}]
      containers: [{name: om, image: *i, env: *env}]`;
    const made = find(change(text, { patchOnly: true }).text, "StatefulSet", "ozone-om");
    assert.deepEqual(made?.["spec"], {
      template: {
        metadata: { labels: { app: "om", "rollcall.dev/profile": "ring" } },
        spec: {
          containers: [{ name: "om", image: "ozone", env: [{ name: "A" }] }],
          serviceAccountName: "ozone-om",
        },
      },
    });
    assert.deepEqual(made?.metadata, { name: "ozone-om", labels: { app: "om" } });
  });

  it("keeps comments, order, quotes and the values of YAML 1.1 in what it changes", () => {
    const before = `# head
---
# Source: chart/om.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: om   # the ring
spec:
  serviceName: om
  # how many
  replicas: 0x3
  template:
    metadata: {labels: }
    spec:
      containers:
        - {name: om, image: 'a', env: [{name: A, value: "yes"}]}

      volumes: [{name: s, secret: {secretName: s, defaultMode: 0400}}]
---
---
kind: Service # last
apiVersion: v1
metadata: {name: om}`;
    const { text } = change(before, { name: undefined, patchOnly: true });
    assert.deepEqual(text.split("\n").slice(0, 14), [
      "# head",
      "---",
      "# Source: chart/om.yaml",
      "apiVersion: apps/v1",
      "kind: StatefulSet",
      "metadata:",
      "  name: om # the ring",
      "spec:",
      "  serviceName: om",
      "  # how many",
      "  replicas: 0x3",
      "  template:",
      "    metadata: { labels: { rollcall.dev/profile: ring } }",
      "    spec:",
    ]);
    assert.match(text, /value: "yes"/);
    assert.match(text, /defaultMode: 0400/);
    assert.match(text, /kind: Service # last\n[\s\S]*publishNotReadyAddresses: true/);
  });

  for (const [what, text, settings, says] of [
    [
      "another StatefulSet",
      render({ replicas: 3 }),
      { name: "om" },
      /no StatefulSet om\. The manifests have ozone-datanode, ozone-om/,
    ],
    ["several StatefulSets without --name", render({ replicas: 3 }), { name: undefined }, /set --name NAME/],
    ["none", "kind: Service\nmetadata: {name: a}", {}, /no StatefulSet ozone-om\. The manifests have none/],
    [
      "another profile",
      change(render({ replicas: 3 }), { profile: "other" }).text,
      {},
      /has the label rollcall.dev\/profile: other, and --profile is ring/,
    ],
    ["invalid YAML", "a: [", {}, /\(standard input\):1:5: invalid YAML/],
    [
      "a field of another type",
      `{kind: StatefulSet, apiVersion: apps/v1, metadata: {name: ozone-om},
spec: {serviceName: om, template: {spec: {containers: []}}}}
---
{kind: Service, metadata: {name: om}, spec: none}`,
      {},
      /^\(standard input\):4: spec is not a map/,
    ],
  ] as const) {
    it(`says what is wrong with ${what}`, () => {
      assert.throws(() => change(text, settings), { message: says });
    });
  }

  it("is a program that fails before anything is applied, so that Helm shows why", async () => {
    const words = ["post-render", "--profile", "ring", "--name", "ozone-om"];
    const before = render({ replicas: 3, live: 4 });
    const refused = await runCli(words, before);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.match(
      refused.stderr,
      /Job ozone-helm-manager-decommission-ozone-om-3\. Nothing was applied\. .* give --no-hooks to Helm and to post-render/,
    );
    const passed = await runCli([...words, "--no-hooks"], before);
    assert.equal(passed.code, 0, passed.stderr);
    assert.equal(passed.stdout, change(before).text);
    const wrong = await runCli(["post-render"], "");
    assert.deepEqual(
      [wrong.code, wrong.stderr],
      [2, "rollcall: missing option: --profile NAME; see --help\n"],
    );
    const named = await runCli(["post-render", "--profile", "A b"], "");
    assert.equal(named.code, 2);
    assert.match((await runCli(["post-render", "--help"])).stdout, /Helm 3 passes no hooks/);
  });
});

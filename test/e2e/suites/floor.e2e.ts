// manifests/overlays/floor on a real API server: policies alone deny every scale-down of a labelled StatefulSet without
// an override. The bindings are limited to this suite's namespace, since other suites scale down.
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { TIMEOUT, waitUntilPasses } from "../harness/eventually.ts";
import { withoutConflict } from "../harness/guarded.ts";
import { createKubectl, type KubectlOutcome } from "../harness/kubectl.ts";
import { CHECKOUT_ROOT } from "../harness/rollcall.ts";
import { makeSpace, type Space } from "../harness/space.ts";
import { buildWorkload } from "../harness/workload.ts";

const OVERRIDE = "rollcall.dev/override";
const HOUR_MS = 3_600_000;

/** Its pods run nowhere: only what the API server stores matters here. */
const set = (name: string, changes: Parameters<typeof buildWorkload>[0] = {}) =>
  buildWorkload({ name, pod: { nodeSelector: { nowhere: "yes" } }, ...changes });
/** With the label only on the pod template. */
const byTemplate = (name: string) => set(name, { set: { selector: { matchLabels: { app: name } } } });

const inHours = (hours: number): string =>
  `${new Date(Date.now() + hours * HOUR_MS).toISOString().slice(0, 19)}Z`;

describe("the floor", () => {
  let space: Space;
  let names: string[] = [];
  before(async () => {
    space = await makeSpace("floor");
    const built = await space.all.run(["kustomize", join(CHECKOUT_ROOT, "manifests/overlays/floor")]);
    const documents = parseAllDocuments(built).map((each) => each.toJS() as Policy);
    const here = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": space.name } } };
    for (const { kind, spec } of documents)
      if (kind.endsWith("Binding")) Object.assign(spec, { matchResources: here });
    names = documents.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
    const applied = await space.all.apply(documents);
    assert.equal(applied.code, 0, applied.stderr);
    for (const documentsOf of [set("web"), byTemplate("old"), set("free", { profile: null })]) {
      const said = await space.k.apply(documentsOf);
      assert.equal(said.code, 0, said.stderr);
    }
    // the API server applies a policy a moment after it is stored
    await waitUntilPasses(async () => {
      denied(await space.k.try(["delete", "statefulset", "web", "--dry-run=server"]));
      denied(await space.k.try(["scale", "statefulset", "web", "--replicas=2", "--dry-run=server"]));
    });
  });
  after(async () => {
    await space.all.run(["delete", "--ignore-not-found", ...names]);
    await space.remove();
  });

  const patch = (name: string, body: unknown, ...more: string[]) =>
    space.k.try(["patch", "statefulset", name, "--type=merge", "-p", JSON.stringify(body), ...more]);
  const override = (name: string, text: string) =>
    space.k.run(["annotate", "statefulset", name, "--overwrite", `${OVERRIDE}=${text}`]);

  function denied(
    said: KubectlOutcome,
    says = /rollcall RC012 scale-down-denied \(floor\): (?:Scaling|Deleting) StatefulSet .+ Keep the replicas\..*kubectl -n /,
  ): void {
    assert.equal(said.code, 1, said.stdout);
    assert.match(said.stderr, says);
  }
  const passed = (said: KubectlOutcome): void => assert.equal(said.code, 0, said.stderr);

  it("passes the API server's type check", async () => {
    for (const name of names.filter((each) => !each.includes("binding"))) {
      await waitUntilPasses(async () => {
        const { status } = await space.all.json<{
          status: { typeChecking?: { expressionWarnings?: unknown } };
        }>(["get", name]);
        assert.deepEqual(status.typeChecking, {});
      });
    }
  });

  it("denies every kind of scale-down", async () => {
    denied(await space.k.try(["scale", "statefulset", "web", "--replicas=2"]));
    denied(await patch("web", { spec: { replicas: null } }, "--subresource=scale"));
    denied(await patch("web", { spec: { replicas: 2 } }));
    denied(await patch("web", { spec: { replicas: 0 } }));
    denied(await patch("web", { spec: { replicas: null } }));
    denied(await patch("web", { spec: { ordinals: { start: 1 } } }));
    denied(await patch("old", { spec: { replicas: 2 } }));
    denied(await space.k.try(["delete", "statefulset", "web", "--cascade=orphan"]));
    denied(await space.k.try(["delete", "statefulset", "--all", "--dry-run=server"]));
    const label = { template: { metadata: { labels: { "rollcall.dev/profile": null } } } };
    denied(await patch("old", { spec: label }), /RC004 profile-label-changed \(floor\): .* would be removed/);
    denied(await patch("old", { spec: { ...label, replicas: 1 } }), /RC004 profile-label-changed/);
  });

  it("allows changes that remove no pod, and all changes of unlabelled StatefulSets", async () => {
    passed(await space.k.try(["annotate", "statefulset", "web", "some=thing"]));
    passed(await space.k.try(["set", "env", "statefulset/web", "SOME=thing"]));
    passed(await space.k.try(["scale", "statefulset", "web", "--replicas=4"]));
    passed(await patch("web", { spec: { replicas: 5 } }));
    passed(await space.k.try(["scale", "statefulset", "free", "--replicas=1"]));
    passed(await space.k.try(["scale", "statefulset", "free", "--replicas=2"]));
    passed(await patch("free", { spec: { replicas: 0 } }));
    passed(await space.k.try(["delete", "statefulset", "free"]));
  });

  const VOID: readonly (readonly [what: string, text: () => string])[] = [
    ["is over", () => `${inHours(-0.02)} because`],
    ["lies more than 24 h ahead", () => `${inHours(24.1)} because`],
    ["has no reason", () => inHours(1)],
    ["has no deadline", () => "because I say so"],
    ["has a day that no month has", () => `${new Date().getUTCFullYear()}-02-30T00:00:00Z because`],
  ];
  for (const [what, text] of VOID) {
    it(`is not lifted by an override that ${what}`, async () => {
      const told = text();
      await override("web", told);
      const says = new RegExp(`The override \\(${told.replaceAll(/[+.]/g, ".")}\\) is not valid`);
      denied(await patch("web", { spec: { replicas: 3 } }), says);
      denied(await space.k.try(["delete", "statefulset", "web", "--dry-run=server"]), says);
    });
  }

  it("is lifted by a valid override on the StatefulSet", async () => {
    await override("web", `${inHours(1)} the disk is full`);
    denied(
      await space.k.try(["scale", "statefulset", "web", "--replicas=3"]),
      /then patch instead of scale: kubectl -n .* annotate/,
    );
    passed(await space.k.try(["delete", "statefulset", "web", "--dry-run=server"]));
    // also in the request that sets it
    await space.k.run(["annotate", "statefulset", "web", `${OVERRIDE}-`]);
    denied(await patch("web", { spec: { replicas: 3 } }));
    const annotations = { [OVERRIDE]: `${inHours(23.9)} the disk is full` };
    passed(await patch("web", { metadata: { annotations }, spec: { replicas: 3 } }));
  });

  it("does not accept forged times as the current time", async () => {
    await override("web", `${inHours(-0.02)} because`);
    const live = await space.k.json<{ metadata: Record<string, unknown>; spec: Record<string, unknown> }>([
      "get",
      "statefulset",
      "web",
    ]);
    for (const managedFields of [
      [{}],
      [
        {
          manager: "m",
          operation: "Update",
          apiVersion: "apps/v1",
          time: inHours(-48),
          fieldsType: "FieldsV1",
          fieldsV1: {},
        },
      ],
    ]) {
      const { resourceVersion: _, ...metadata } = live.metadata;
      const forged = {
        ...live,
        metadata: { ...metadata, managedFields },
        spec: { ...live.spec, replicas: 1 },
      };
      const replace = () => space.k.try(["replace", "-f", "-"], JSON.stringify(forged));
      denied(await withoutConflict(replace));
    }
  });

  it("does not block the deletion of a namespace", async () => {
    await space.all.run(["delete", "namespace", space.name, "--wait=true", TIMEOUT]);
    assert.equal((await createKubectl(space.access).try(["get", "namespace", space.name])).code, 1);
  });
});

interface Policy {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

// The manifests are consistent: one version, one place for the init image, restricted pods.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { writeCrd } from "../../build/crd.ts";
import { VERSION } from "../../init/contract/version.ts";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";

const base = join(REPOSITORY_ROOT, "manifests/base");
const all = (await Promise.all((await readdir(base)).map((name) => readFile(join(base, name), "utf8")))).join(
  "\n---\n",
);

interface Quota {
  readonly spec: {
    readonly hard: { readonly pods: string };
    readonly scopeSelector: {
      readonly matchExpressions: readonly {
        readonly scopeName: string;
        readonly values: readonly string[];
      }[];
    };
  };
}

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly rollingUpdate: { readonly maxSurge: number } };
    readonly template: { readonly spec: { readonly priorityClassName: string } };
  };
}

describe("the manifests", () => {
  it("contain each image once, with the package's version", () => {
    for (const image of ["webhook", "init"]) {
      const named = [...all.matchAll(new RegExp(`image: registry\\.local/rollcall/${image}:(.+)`, "g"))].map(
        ([, tag]) => tag,
      );
      assert.deepEqual(named, [VERSION]);
    }
  });

  it("publish no caBundle, fail closed for labelled objects, and exclude kube-system and Rollcall's namespace", async () => {
    const documents = parseAllDocuments(await readFile(join(base, "webhooks.yaml"), "utf8"), { merge: true });
    const hooks = documents.flatMap(
      (document) => (document.toJS() as { webhooks: Record<string, unknown>[] }).webhooks,
    );
    assert.equal(hooks.length, 7);
    const open = hooks.filter((hook) => hook["failurePolicy"] === "Ignore").map((hook) => hook["name"]);
    // most requests to this webhook are about StatefulSets without the label
    assert.deepEqual(open, ["scale-by-template.validate.rollcall.dev"]);
    for (const hook of hooks) {
      assert.equal(JSON.stringify(hook).includes("caBundle"), false);
      assert.match(String(hook["failurePolicy"]), /^(Fail|Ignore)$/);
      // profiles belong to Rollcall and are cluster-scoped: all of them are validated, without side effects
      if (hook["name"] === "profiles.validate.rollcall.dev") {
        assert.equal(hook["sideEffects"], "None");
        continue;
      }
      // Events and the record are written, but not on a dry run
      assert.equal(hook["sideEffects"], "NoneOnDryRun");
      assert.match(JSON.stringify(hook["namespaceSelector"]), /NotIn.*kube-system.*rollcall-system/);
      assert.ok(
        hook["objectSelector"] !== undefined || hook["matchConditions"] !== undefined,
        "it would match everything",
      );
    }
  });

  it("have a quota that allows the webhook's priority class, and all of its pods during a rollout", async () => {
    const quota = parse(
      await readFile(join(REPOSITORY_ROOT, "manifests/overlays/priority-quota/quota.yaml"), "utf8"),
    ) as Quota;
    const [deployment] = parseAllDocuments(await readFile(join(base, "deployment.yaml"), "utf8"), {
      merge: true,
    }).map((document) => document.toJS() as Deployment);
    assert.ok(deployment);
    const { replicas, strategy, template } = deployment.spec;
    const [selector] = quota.spec.scopeSelector.matchExpressions;
    assert.equal(selector?.scopeName, "PriorityClass");
    assert.deepEqual(selector?.values, [template.spec.priorityClassName]);
    assert.ok(Number(quota.spec.hard.pods) >= replicas + strategy.rollingUpdate.maxSurge);
  });

  it("contain no profile, and the definition generated from the schema", async () => {
    assert.doesNotMatch(all, /^kind: RollcallProfile$/m);
    assert.equal(await readFile(join(base, "crd.yaml"), "utf8"), writeCrd());
  });
});

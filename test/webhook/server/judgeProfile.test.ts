// Reviews of RollcallProfiles: checks beyond the schema, and the effects of a change on workloads.
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import type { Profiles } from "../../../webhook/profiles/profileSet.ts";
import { createFixedSource } from "../../../webhook/profiles/source.ts";
import { reviewProfile } from "../../../webhook/reviews/reviewProfile.ts";
import type { LiveSet } from "../../../webhook/validation/numberPool.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { loadOrThrow } from "../profiles/faults.ts";

const NONE = loadOrThrow("");

interface Cluster {
  profiles?: Profiles;
  sets?: readonly LiveSet[] | Error;
}

async function judge(
  operation: AdmissionRequest["operation"],
  { before, after }: { before?: string; after?: string },
  { profiles = NONE, sets = [] }: Cluster = {},
): Promise<{ message: string | null; warnings: readonly string[] }> {
  const read = (text: string | undefined): unknown => (text === undefined ? null : parse(text));
  const request: AdmissionRequest = {
    uid: "r-1",
    kind: { group: "rollcall.dev", version: "v1alpha1", kind: "RollcallProfile" },
    resource: { group: "rollcall.dev", version: "v1alpha1", resource: "rollcallprofiles" },
    operation,
    name: "demo",
    userInfo: { username: "admin" },
    object: read(after),
    oldObject: read(before),
  };
  const liveSets = () => (sets instanceof Error ? Promise.reject(sets) : Promise.resolve(sets));
  const {
    allowed,
    status,
    warnings = [],
  } = await reviewProfile(request, {
    source: createFixedSource(profiles),
    liveSets,
  });
  assert.equal(allowed, status === undefined);
  return { message: allowed ? null : (status?.message ?? ""), warnings };
}

const set = (namespace: string, name: string, profile = "demo"): LiveSet => ({
  namespace,
  name,
  profile,
  createdAt: "2026-01-01T00:00:00Z",
});

const DEMO = renderGenericYaml("demo");

describe("the creation of a profile", () => {
  it("is allowed if the profile is valid", async () => {
    assert.deepEqual(await judge("CREATE", { after: DEMO }), { message: null, warnings: [] });
  });

  it("is denied with every fault, by its field", async () => {
    const after = renderGenericYaml(
      "demo",
      'env: [{name: A, value: "{podname}"}], steps: [{name: a, scope: Release, run: [x], verify: [y]}], releaseID: "{podName}"',
    );
    const { message } = await judge("CREATE", { after });
    assert.match(message ?? "", /^rollcall RC160 profile-invalid: .*\n/);
    assert.match(message ?? "", /\nspec\.generic\.env\[0\]\.value: unknown placeholder \{podname\}/);
    const second = await judge("CREATE", { after: after.replace("{podname}", "{podName}") });
    assert.match(second.message ?? "", /\nspec\.generic\.releaseID: \{podName\} differs/);
    assert.match(second.message ?? "", /\nspec\.generic\.steps: steps require markers/);
  });

  it("is denied if its numbers overlap those of another profile in its pool", async () => {
    const ranged = (name: string, base: number): string =>
      renderGenericYaml(name, `nodeID: {base: ${base}, max: ${base + 9}, pool: p}`);
    const profiles = loadOrThrow(ranged("older", 1));
    const { message } = await judge("CREATE", { after: ranged("demo", 5) }, { profiles });
    assert.match(
      message ?? "",
      /RC161 profile-conflict: .*5 to 14 overlap with 1 to 10 of profile older in pool p/,
    );
    assert.equal((await judge("CREATE", { after: ranged("demo", 11) }, { profiles })).message, null);
  });
});

describe("a profile whose policy ignores minReplicas", () => {
  const ignored = renderGenericYaml("demo", "scaleDown: {policy: Allow, minReplicas: 3}");

  it("is stored with a warning, at each change that keeps it so", async () => {
    const created = await judge("CREATE", { after: ignored });
    assert.equal(created.message, null);
    assert.match(
      created.warnings.join(),
      /^rollcall RC164 min-replicas-ignored: profile demo sets scaleDown\.minReplicas/,
    );
    const wide = ignored.replace('"max":999', '"max":99');
    for (const sets of [[], [set("shop", "web")]]) {
      const { warnings } = await judge("UPDATE", { before: ignored, after: wide }, { sets });
      assert.match(warnings[0] ?? "", /RC164/);
    }
    assert.deepEqual((await judge("UPDATE", { before: ignored, after: DEMO })).warnings, []);
  });

  it("needs no minReplicas", async () => {
    assert.deepEqual(
      await judge("CREATE", { after: renderGenericYaml("demo", "scaleDown: {policy: Allow}") }),
      {
        message: null,
        warnings: [],
      },
    );
  });
});

describe("the change of a profile", () => {
  const wide = renderGenericYaml("demo", "", "namespaces: [shop, desk]");
  const narrow = renderGenericYaml("demo", "", "namespaces: [desk]");

  it("is denied if it takes the profile from a namespace that uses it", async () => {
    const sets = [set("shop", "web"), set("desk", "web"), set("other", "forged")];
    const { message } = await judge("UPDATE", { before: wide, after: narrow }, { sets });
    assert.match(
      message ?? "",
      /RC162 profile-in-use: Withdrawing profile demo from namespaces is denied: StatefulSet shop\/web still uses it/,
    );
    assert.doesNotMatch(message ?? "", /desk|forged/);
  });

  it("may take it from a namespace that does not use it", async () => {
    assert.equal(
      (await judge("UPDATE", { before: wide, after: narrow }, { sets: [set("desk", "web")] })).message,
      null,
    );
  });

  it("warns of the StatefulSets whose numbers or scaleDown it affects", async () => {
    const sets = [set("shop", "b"), set("shop", "a")];
    const after = renderGenericYaml("demo", "nodeID: {base: 7, max: 999}, scaleDown: {policy: Deny}");
    const { warnings } = await judge("UPDATE", { before: DEMO, after }, { sets });
    assert.match(
      warnings.join(),
      /RC163 .*the numbers and scaleDown of profile demo .* StatefulSets shop\/a, shop\/b use it[.]/,
    );
    assert.deepEqual((await judge("UPDATE", { before: DEMO, after })).warnings, []);
  });

  it("is allowed if only labels change, even if the profile is invalid now", async () => {
    const before = DEMO.replace('"base":1', '"base":9999');
    const after = before.replace('"name":"demo"}', '"name":"demo","labels":{"a":"b"}}');
    assert.notEqual(after, before);
    assert.equal((await judge("UPDATE", { before, after })).message, null);
    assert.notEqual((await judge("UPDATE", { before: DEMO, after: before })).message, null);
  });
});

describe("the deletion of a profile", () => {
  it("is denied while StatefulSets use it, and names them", async () => {
    const sets = Array.from({ length: 12 }, (_, index) =>
      set("shop", `web-${String(index).padStart(2, "0")}`),
    );
    const { message } = await judge("DELETE", { before: DEMO }, { sets });
    assert.match(
      message ?? "",
      /RC162 .*StatefulSets shop\/web-00, .* and 2 more still use it.*Delete those StatefulSets/s,
    );
  });

  it("is allowed if none use it, or only in a namespace where the profile is not allowed", async () => {
    assert.equal((await judge("DELETE", { before: DEMO })).message, null);
    assert.equal(
      (await judge("DELETE", { before: DEMO }, { sets: [set("shop", "web", "other")] })).message,
      null,
    );
    const before = renderGenericYaml("demo", "", "namespaces: [shop]");
    assert.equal((await judge("DELETE", { before }, { sets: [set("desk", "web")] })).message, null);
  });

  it("is denied if its use is unknown", async () => {
    const { message } = await judge(
      "DELETE",
      { before: DEMO },
      { sets: new Error("the API server: timeout") },
    );
    assert.match(
      message ?? "",
      /cannot list the StatefulSets that use it \(the API server: timeout\).*Retry/,
    );
  });

  it("of an invalid one is reviewed by its name", async () => {
    const before = DEMO.replace('"base":1', '"base":9999');
    assert.match((await judge("DELETE", { before }, { sets: [set("shop", "web")] })).message ?? "", /RC162/);
  });
});

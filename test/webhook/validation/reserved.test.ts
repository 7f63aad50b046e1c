// Reserved names and paths in a pod template, and conflicts in a pool.
import assert from "node:assert/strict";
import { findNameConflict } from "../../../webhook/mutation/placeRunner.ts";
import { findOlderPoolConflict, findPoolConflict } from "../../../webhook/validation/numberPool.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { loadActiveConfig } from "../mutation/pod.ts";

const POOLED = "nodeID: {base: 1, max: 999, pool: db}";

describe("reserved mount paths", () => {
  const app = (mountPath: string, name = "data") => ({ name: "app", volumeMounts: [{ name, mountPath }] });
  const pod = { metadata: {}, spec: { containers: [] } };

  it("are denied in any spelling, and below", () => {
    for (const path of [
      "/rollcall",
      "/rollcall/",
      "//rollcall",
      "/./rollcall",
      "/rollcall/rollcall.cjs",
      "/rollcall-marker/",
      "/rollcall-marker/x",
    ]) {
      assert.match(
        findNameConflict(pod, app(path, "theirs"), "data") ?? "",
        /and Rollcall reserves .* Use another mountPath/,
        path,
      );
    }
    for (const path of ["/rollcalls", "/data/rollcall", "/"])
      assert.equal(findNameConflict(pod, app(path), "data"), null);
    assert.equal(findNameConflict(pod, app("/rollcall-marker"), "data"), null, "our own");
  });
});

describe("a pool", () => {
  const { profiles } = loadActiveConfig(renderGenericYaml("a", POOLED, "namespaces: [shop]"));
  const profile = profiles?.get("a");
  if (!profiles || !profile) throw new Error("the profiles are wrong");
  const mine = { namespace: "shop", name: "web", profile };
  const at = "2026-01-01T00:00:00.000Z";
  const me = { namespace: "shop", name: "web", profile: "a", createdAt: "2026-01-02T00:00:00.000Z" };

  const FOREIGN = {
    "of a profile that does not exist": {
      namespace: "depot",
      name: "old",
      profile: "renamed",
      createdAt: at,
    },
    "in a namespace that its profile does not allow": {
      namespace: "depot",
      name: "web",
      profile: "a",
      createdAt: at,
    },
    "left in such a namespace by a set that is gone": {
      namespace: "depot",
      name: "web",
      profile: "a",
      createdAt: "",
      leftPod: "web-0",
    },
  };
  for (const [what, other] of Object.entries(FOREIGN)) {
    it(`ignores a label ${what}, which any tenant could write`, () => {
      assert.equal(findPoolConflict(mine, [other], profiles), null);
      assert.equal(findOlderPoolConflict(mine, [me, other], profiles), null);
    });
  }

  it("counts StatefulSets that their profile allows", () => {
    const other = { ...me, name: "other", createdAt: at };
    assert.equal(findPoolConflict(mine, [other], profiles)?.code, "RC120");
    assert.equal(findOlderPoolConflict(mine, [me, other], profiles)?.code, "RC120");
  });
});

describe("two StatefulSets of one pool that were admitted at the same moment", () => {
  const { profiles } = loadActiveConfig(renderGenericYaml("a", POOLED) + renderGenericYaml("other"));
  const profile = profiles?.get("a");
  if (!profiles || !profile) throw new Error("the profiles are wrong");
  const set = (name: string, createdAt: string, of = "a") => ({
    namespace: "shop",
    name,
    profile: of,
    createdAt,
  });
  const asking = (name: string) => ({ namespace: "shop", name, profile });

  it("get pods only for the older one", () => {
    const live = [set("late", "2026-01-01T00:00:01.000Z"), set("early", "2026-01-01T00:00:00.000Z")];
    assert.equal(findOlderPoolConflict(asking("early"), live, profiles), null);
    assert.match(
      findOlderPoolConflict(asking("late"), live, profiles)?.message ?? "",
      /StatefulSet shop\/early/,
    );
  });

  it("get pods only for one of them if both were created in the same second", () => {
    const at = "2026-01-01T00:00:00.000Z";
    const live = [set("b", at), set("a", at), set("c", at)];
    const denied = ["a", "b", "c"].filter(
      (name) => findOlderPoolConflict(asking(name), live, profiles) !== null,
    );
    assert.deepEqual(denied, ["b", "c"]);
  });

  it("wait for the remaining pods of a deleted StatefulSet; the denial names one and the command to delete it", () => {
    const left = { ...set("old", ""), leftPod: "old-0" };
    const live = [set("new", "2026-01-01T00:00:00.000Z"), left];
    const denial = findOlderPoolConflict(asking("new"), live, profiles);
    assert.equal(denial?.code, "RC120");
    assert.equal(
      denial.message,
      "pod shop/old-0 of the deleted StatefulSet old (profile a) has numbers of 1..999 in pool db. Wait until all its pods " +
        "are gone, or delete them.\nDeletes the pod:\n  kubectl -n shop delete pod old-0",
    );
    assert.equal(findPoolConflict(asking("new"), live, profiles)?.message, denial.message);
    // a StatefulSet of the same name adopts its pods
    assert.equal(findPoolConflict(asking("old"), [left], profiles), null);
  });

  it("ignore StatefulSets of other pools and of missing profiles, and are ignored once deleted", () => {
    const at = "2026-01-01T00:00:00.000Z";
    const live = [set("a", at, "other"), set("b", at, "renamed"), set("c", at)];
    assert.equal(findOlderPoolConflict(asking("c"), live, profiles), null);
    assert.equal(findOlderPoolConflict(asking("x"), live, profiles), null);
  });
});

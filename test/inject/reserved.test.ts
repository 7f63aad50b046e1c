// Names and places of ours that a template brings itself, and profiles that are not there any more.
import assert from "node:assert/strict";
import { poolTaken } from "../../webhook/inject/pool.ts";
import { whatIsTaken } from "../../webhook/inject/taken.ts";
import { forceOf } from "./pod.ts";

describe("places of ours in a pod", () => {
  const app = (mountPath: string, name = "data") => ({ name: "app", volumeMounts: [{ name, mountPath }] });
  const pod = { metadata: {}, spec: { containers: [] } };

  it("are refused however they are written, and below, too", () => {
    for (const path of [
      "/rollcall",
      "/rollcall/",
      "//rollcall",
      "/./rollcall",
      "/rollcall/rollcall.mjs",
      "/rollcall-marker/",
      "/rollcall-marker/x",
    ]) {
      assert.match(
        whatIsTaken(pod, app(path, "theirs"), "data") ?? "",
        /is Rollcall's, move your mount/,
        path,
      );
    }
    for (const path of ["/rollcalls", "/data/rollcall", "/"])
      assert.equal(whatIsTaken(pod, app(path), "data"), null);
    assert.equal(whatIsTaken(pod, app("/rollcall-marker"), "data"), null, "our own");
  });
});

describe("a pool beside a set whose profile is gone", () => {
  it("does not guess", () => {
    const { profiles } = forceOf(
      'profiles:\n  a: {kind: generic, namespaces: ["*"], containers: [app], nodeId: {pool: db}}\n',
    );
    const profile = profiles?.get("a");
    if (!profiles || !profile) assert.fail();
    const denial = poolTaken(
      { namespace: "shop", name: "web", profile },
      [{ namespace: "depot", name: "old", profile: "renamed" }],
      profiles,
    );
    assert.equal(denial?.code, "RC123");
    assert.match(denial?.message ?? "", /StatefulSet depot\/old has profile renamed, which does not exist/);
  });
});

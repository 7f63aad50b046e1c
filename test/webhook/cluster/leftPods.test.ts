// Pods whose StatefulSet is gone, from the API server's lists: a pool counts them.
import assert from "node:assert/strict";
import { findLeftBehindSets } from "../../../webhook/cluster/statefulSets.ts";

const LABEL = "rollcall.dev/profile";

/** @param owner kind and name of its controller; null: an orphan */
function pod(name: string, owner: [string, string] | null, phase = "Running"): object {
  const labels = { [LABEL]: "db", "statefulset.kubernetes.io/pod-name": name };
  const [kind = "", ownerName = ""] = owner ?? [];
  const reference = { apiVersion: "apps/v1", kind, name: ownerName, uid: "u", controller: true };
  return {
    metadata: { namespace: "shop", name, labels, ownerReferences: owner === null ? [] : [reference] },
    status: { phase },
  };
}

const set = (name: string): object => ({ metadata: { namespace: "shop", name } });

const left = (pods: object[], sets: object[]) =>
  findLeftBehindSets(pods, sets, LABEL).map(({ name, leftPod }) => [name, leftPod]);

describe("pods of a deleted StatefulSet", () => {
  it("are orphans, and pods that are still terminating; one of each StatefulSet is reported", () => {
    const pods = [
      pod("a-0", null),
      pod("a-1", null),
      pod("my-b-7", ["StatefulSet", "my-b"]),
      pod("c-0", null),
    ];
    assert.deepEqual(left(pods, [set("c")]), [
      ["a", "a-0"],
      ["my-b", "my-b-7"],
    ]);
    assert.deepEqual(findLeftBehindSets(pods, [], LABEL)[0], {
      namespace: "shop",
      name: "a",
      profile: "db",
      createdAt: "",
      leftPod: "a-0",
    });
  });

  it("do not include those of an existing StatefulSet, of another owner, or that have ended", () => {
    assert.deepEqual(left([pod("a-0", ["StatefulSet", "a"]), pod("a-1", null)], [set("a")]), []);
    assert.deepEqual(left([pod("a-0", ["ReplicaSet", "a"])], []), []);
    assert.deepEqual(left([pod("a-0", null, "Succeeded"), pod("a-1", null, "Failed")], []), []);
  });

  it("do not include pods that no StatefulSet has created", () => {
    const bare = { metadata: { namespace: "shop", name: "lone-1", labels: { [LABEL]: "db" } } };
    assert.deepEqual(left([bare], []), []);
  });

  it("are those of one namespace only", () => {
    const elsewhere = { metadata: { namespace: "depot", name: "a" } };
    assert.deepEqual(left([pod("a-0", null)], [elsewhere]), [["a", "a-0"]]);
  });
});

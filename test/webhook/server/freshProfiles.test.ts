// A user who has just edited a profile must not get a decision by the older profile: before pods are removed, and
// before a denial, the newest profile is read from the API server.
import assert from "node:assert/strict";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { EMPTY_CLUSTER } from "../../../webhook/cli/try/emptyCluster.ts";
import { Profiles } from "../../../webhook/profiles/profileSet.ts";
import { type ReviewContext, reviewPodDeletion, reviewScale } from "../../../webhook/reviews/statefulSet.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { CONTROLLER_USER } from "../admission/reviews.ts";
import { loadActiveConfig } from "../mutation/pod.ts";
import { loadOrThrow } from "../profiles/faults.ts";

const LETS_GO = loadOrThrow(renderGenericYaml("demo"));
const KEEPS = loadOrThrow(renderGenericYaml("demo", "scaleDown: {policy: Deny}"));
const NONE = new Profiles(new Map());

const set = (replicas: number) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "web", uid: "u-1" },
  spec: {
    replicas,
    serviceName: "web",
    selector: { matchLabels: { "rollcall.dev/profile": "demo" } },
    template: {
      metadata: { labels: { "rollcall.dev/profile": "demo" } },
      spec: { containers: [{ name: "app" }] },
    },
  },
});

interface Replica {
  here: Profiles;
  /** profiles in the API server; missing: it must not be called */
  newest?: Profiles;
  told?: string[];
  onRefresh?: () => void;
  deadline?: AbortSignal;
}

function judgingBy({ here, newest, told = [], onRefresh, deadline }: Replica): ReviewContext {
  let current = here;
  return {
    source: {
      current: () => current,
      refresh: async (names) => {
        assert.deepEqual(names, ["demo"]);
        if (newest === undefined) assert.fail("asked");
        onRefresh?.();
        current = newest;
      },
      previous: () => null,
    },
    settings: { ...loadActiveConfig().settings, controllerUsers: [CONTROLLER_USER] },
    liveSets: () => Promise.resolve([]),
    deadline: deadline ?? new AbortController().signal,
    guard: {
      ...EMPTY_CLUSTER,
      ports: { ...EMPTY_CLUSTER.ports, liveSet: () => Promise.resolve({ known: set(3) }) },
      confirmOutcome: async ({ is }) => void told.push(is),
    },
  };
}

const SCALE: AdmissionRequest = {
  uid: "r-1",
  kind: { group: "autoscaling", version: "v1", kind: "Scale" },
  operation: "UPDATE",
  namespace: "shop",
  name: "web",
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
  subResource: "scale",
  userInfo: { username: "dev" },
  object: { metadata: { name: "web", namespace: "shop" }, spec: { replicas: 2 } },
  oldObject: { metadata: { name: "web", namespace: "shop" }, spec: { replicas: 3 } },
};
const scaleTo = (replicas: number): AdmissionRequest => ({
  ...SCALE,
  object: { metadata: { name: "web", namespace: "shop" }, spec: { replicas } },
});
const allows = async (replica: Replica, request = SCALE): Promise<boolean> =>
  (await reviewScale(request, judgingBy(replica))).allowed;

describe("the newest profiles", () => {
  it("allow a removal that was just allowed, and no Event mentions the older ones", async () => {
    const told: string[] = [];
    assert.equal(await allows({ here: KEEPS, newest: LETS_GO, told }), true);
    assert.deepEqual(told, []);
  });

  it("protect pods that were just protected", async () => {
    const told: string[] = [];
    assert.equal(await allows({ here: LETS_GO, newest: KEEPS, told }), false);
    assert.equal(told.length, 1);
  });

  it("include a profile that was just recreated", async () => {
    assert.equal(await allows({ here: NONE, newest: NONE }), false);
    assert.equal(await allows({ here: NONE, newest: LETS_GO }), true);
  });

  it("are the known ones if there is nothing newer", async () => {
    assert.equal(await allows({ here: LETS_GO, newest: LETS_GO }), true);
    assert.equal(await allows({ here: KEEPS, newest: KEEPS }), false);
  });

  it("are not read if no pod is removed", async () => {
    assert.equal(await allows({ here: KEEPS }, scaleTo(4)), true);
  });

  it("allow the deletion of a pod that was held for a missing profile", async () => {
    const request: AdmissionRequest = {
      ...SCALE,
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      subResource: undefined,
      operation: "DELETE",
      name: "web-3",
      userInfo: { username: CONTROLLER_USER },
      object: null,
      oldObject: {
        metadata: {
          name: "web-3",
          labels: { "rollcall.dev/profile": "demo" },
          ownerReferences: [{ kind: "StatefulSet", name: "web", uid: "u-1", controller: true }],
        },
      },
    };
    const told: string[] = [];
    const answer = async (replica: Replica): Promise<boolean> =>
      (await reviewPodDeletion(request, judgingBy(replica))).allowed;
    assert.equal(await answer({ here: NONE, newest: LETS_GO, told }), true);
    assert.deepEqual(told, []);
    assert.equal(await answer({ here: NONE, newest: NONE, told }), false);
    assert.equal(told.length, 1);
  });

  it("are not used if there is no time left", async () => {
    const stop = new AbortController();
    const replica = { here: NONE, newest: LETS_GO, onRefresh: () => stop.abort(), deadline: stop.signal };
    assert.equal(await allows(replica, scaleTo(4)), false);
  });
});

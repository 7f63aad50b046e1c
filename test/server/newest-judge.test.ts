// Who has just edited what protects the pods is not answered by the profiles of before, which the kubelet has not
// replaced yet: the guard and the brake ask for the newest.
import assert from "node:assert/strict";
import type { AdmissionRequest } from "../../webhook/admission/review.ts";
import { NOTHING_LIVES } from "../../webhook/cli/try/nothingLives.ts";
import type { Profiles } from "../../webhook/profiles/profile.ts";
import { ONE_VERSION, type Versions } from "../../webhook/profiles/versions.ts";
import { type Judging, judgePodDeletion, judgeScale } from "../../webhook/server/judgeSet.ts";
import { CONTROLLER } from "../admission/reviews.ts";
import { forceOf } from "../inject/pod.ts";
import { demoWith, profilesOf } from "../profiles/faults.ts";

const LETS_GO = profilesOf(demoWith("drop: {policy: allow}"));
const KEEPS = profilesOf(demoWith("drop: {policy: deny}"));

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

interface Asked {
  here: Profiles;
  newest: Versions["newest"];
  told?: string[];
  replicas?: number;
  deadline?: AbortSignal;
}

function judging({ here, newest, told = [], replicas = 3, deadline }: Asked): Judging {
  return {
    force: {
      profiles: here,
      settings: { ...forceOf("profiles: {}").settings, controllerUsers: [CONTROLLER] },
    },
    versions: { ...ONE_VERSION, newest },
    liveSets: () => Promise.resolve([]),
    deadline: deadline ?? new AbortController().signal,
    guard: {
      ...NOTHING_LIVES,
      ports: { ...NOTHING_LIVES.ports, liveSet: () => Promise.resolve({ known: set(replicas) }) },
      tell: async ({ is }) => void told.push(is),
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
const to = (replicas: number): AdmissionRequest => ({
  ...SCALE,
  object: { metadata: { name: "web", namespace: "shop" }, spec: { replicas } },
});
const gives = (profiles: Profiles | null) => () => Promise.resolve(profiles);
const allows = async (asked: Asked, request = SCALE): Promise<boolean> =>
  (await judgeScale(request, judging(asked))).allowed;

describe("the newest profiles, before pods go", () => {
  it("let go what they have just been edited to let go, and nothing is told of the older ones", async () => {
    const told: string[] = [];
    assert.equal(await allows({ here: KEEPS, newest: gives(LETS_GO), told }), true);
    assert.deepEqual(told, []);
  });

  it("keep what they have just been edited to keep", async () => {
    const told: string[] = [];
    assert.equal(await allows({ here: LETS_GO, newest: gives(KEEPS), told }), false);
    assert.equal(told.length, 1);
  });

  it("know a profile that was brought back", async () => {
    const none = profilesOf("profiles: {}");
    assert.equal(await allows({ here: none, newest: gives(null) }), false);
    assert.equal(await allows({ here: none, newest: gives(LETS_GO) }), true);
  });

  it("are those in force where there are no newer ones", async () => {
    assert.equal(await allows({ here: LETS_GO, newest: gives(null) }), true);
    assert.equal(await allows({ here: KEEPS, newest: gives(null) }), false);
  });

  it("are not asked for where nobody goes", async () => {
    const newest = () => assert.fail("asked");
    assert.equal(await allows({ here: KEEPS, newest }, to(4)), true);
  });

  it("free a pod that the brake holds for a profile that was not there", async () => {
    const request: AdmissionRequest = {
      ...SCALE,
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      subResource: undefined,
      operation: "DELETE",
      name: "web-3",
      userInfo: { username: CONTROLLER },
      object: null,
      oldObject: {
        metadata: {
          name: "web-3",
          labels: { "rollcall.dev/profile": "demo" },
          ownerReferences: [{ kind: "StatefulSet", name: "web", uid: "u-1", controller: true }],
        },
      },
    };
    const none = profilesOf("profiles: {}");
    const told: string[] = [];
    const answer = async (asked: Asked) => (await judgePodDeletion(request, judging(asked))).allowed;
    assert.equal(await answer({ here: none, newest: gives(LETS_GO), told }), true);
    assert.deepEqual(told, []);
    assert.equal(await answer({ here: none, newest: gives(null), told }), false);
    assert.equal(told.length, 1);
  });

  it("judge nothing anew when there is no time left", async () => {
    const stop = new AbortController();
    const newest = () => {
      stop.abort();
      return Promise.resolve(LETS_GO);
    };
    const none = profilesOf("profiles: {}");
    const scaleUp = to(4);
    assert.equal(await allows({ here: none, newest, deadline: stop.signal }, scaleUp), false);
  });
});

// Which review is handled by which decision, with the real server.
import assert from "node:assert/strict";
import { EMPTY_CLUSTER } from "../../../webhook/cli/try/emptyCluster.ts";
import type { Profiles } from "../../../webhook/profiles/profileSet.ts";
import { createFixedSource } from "../../../webhook/profiles/source.ts";
import { createRoutes } from "../../../webhook/reviews/routes.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import {
  buildMemberPod,
  buildPodReviewBody,
  CONTROLLER_USER,
  parseOperations,
  parseResponse,
} from "../admission/reviews.ts";
import { loadOrThrow } from "../profiles/faults.ts";
import { type ServingTest, serve, stopServers } from "./serving.ts";

const SETTINGS = {
  initImage: { name: "registry.local/rollcall/init:test" },
  controllerUsers: [CONTROLLER_USER],
};

const DEMO = loadOrThrow(renderGenericYaml("demo"));

describe("the routes", () => {
  let serving: ServingTest;
  let profiles: Profiles | null = null;
  before(async () => {
    serving = await serve({
      routes: createRoutes({
        source: { ...createFixedSource(null), current: () => profiles },
        settings: SETTINGS,
        liveSets: () => Promise.resolve([]),
        guard: EMPTY_CLUSTER,
      }),
    });
  });
  beforeEach(() => {
    profiles = DEMO;
  });
  after(stopServers);
  const answer = async (path: string, request: Readonly<Record<string, unknown>>) =>
    parseResponse(await serving.post(path, buildPodReviewBody({ uid: "u", ...request })));

  const ALLOWED = { uid: "u", allowed: true };
  const NOT_OURS: Readonly<Record<string, Record<string, unknown>>> = {
    "an unexpected resource": {
      resource: { group: "", version: "v1", resource: "configmaps" },
      object: { data: {} },
    },
    "a resource of our kind's name in another group": {
      resource: { group: "apps.example.org", version: "v1", resource: "statefulsets" },
      object: {},
    },
    "the scale of a StatefulSet that is gone": {
      resource: { group: "apps", version: "v1", resource: "statefulsets" },
      subResource: "scale",
      operation: "UPDATE",
      name: "web",
      object: { spec: { replicas: 0 } },
      oldObject: { spec: { replicas: 3 } },
    },
    "an ephemeral container of kubectl debug": {
      subResource: "ephemeralcontainers",
      operation: "UPDATE",
      object: {
        ...buildMemberPod("demo"),
        spec: { containers: [], ephemeralContainers: [{ name: "debugger" }] },
      },
      oldObject: buildMemberPod("demo"),
    },
    "an in-place resize": {
      subResource: "resize",
      operation: "UPDATE",
      object: buildMemberPod("demo"),
      oldObject: buildMemberPod("demo"),
    },
    "a change of a pod that is there": {
      operation: "UPDATE",
      object: buildMemberPod("demo"),
      oldObject: buildMemberPod("demo"),
    },
    "a binding of a pod": {
      subResource: "binding",
      object: { apiVersion: "v1", kind: "Binding", target: { name: "node-1" } },
    },
    "a deletion": { operation: "DELETE", object: null, oldObject: buildMemberPod("demo") },
    "a pod without the label": {
      object: { metadata: { name: "x", labels: { app: "x" } }, spec: { containers: [{ name: "app" }] } },
    },
  };
  for (const [what, request] of Object.entries(NOT_OURS)) {
    it(`allow ${what} unchanged`, async () => {
      for (const path of ["/mutate", "/validate"])
        assert.deepEqual(await answer(path, request), ALLOWED, path);
    });
  }

  it("give a labelled pod its number at /mutate, and deny one without at /validate", async () => {
    const object = buildMemberPod("demo");
    const env = [{ name: "NODE_ID", value: "3" }];
    const mutated = await answer("/mutate", { name: "web-2", object });
    assert.deepEqual(
      parseOperations(mutated).map(({ value }) => value),
      env,
    );
    const lost = await answer("/validate", { name: "web-2", object });
    assert.deepEqual([lost.allowed, lost.auditAnnotations?.["code"]], [false, "RC114"]);
    assert.equal((await answer("/validate", { object: buildMemberPod("demo", env) })).allowed, true);
  });

  it("deny a labelled pod until profiles are loaded, and allow others", async () => {
    profiles = null;
    for (const path of ["/mutate", "/validate"]) {
      const { allowed, status } = await answer(path, { object: buildMemberPod("demo") });
      assert.deepEqual([allowed, status?.code], [false, 403]);
      assert.match(status?.message ?? "", /^rollcall RC112 profiles-not-loaded: /);
      const plain = { metadata: { name: "x" }, spec: { containers: [] } };
      assert.deepEqual(await answer(path, { object: plain }), ALLOWED);
    }
  });

  it("answer a dry run like a real request", async () => {
    const seen = [];
    for (const dryRun of [false, true]) {
      for (const path of ["/mutate", "/validate"])
        seen.push(await answer(path, { name: "web-2", object: buildMemberPod("demo"), dryRun }));
    }
    assert.deepEqual(seen.slice(2), seen.slice(0, 2));
    assert.ok(seen[0]?.patch);
  });

  it("report what is wrong with an unparsable StatefulSet", async () => {
    const resource = { group: "apps", version: "v1", resource: "statefulsets" };
    const { status } = await answer("/validate", {
      resource,
      object: { metadata: { name: "web" }, spec: [] },
    });
    assert.match(
      status?.message ?? "",
      /^rollcall RC113 invalid-object: CREATE of StatefulSet shop\/web-0 is denied: the StatefulSet cannot be read: spec: /,
    );
  });

  it("use newly loaded profiles from the next request on", async () => {
    profiles = null;
    assert.equal((await answer("/mutate", { object: buildMemberPod("demo") })).allowed, false);
    profiles = DEMO;
    assert.equal((await answer("/mutate", { object: buildMemberPod("demo") })).allowed, true);
  });
});

describe("a StatefulSet whose account lacks permissions", () => {
  let serving: ServingTest;
  let asked = 0;
  const steps = [{ name: "schema", scope: "Release", run: ["/app/migrate"], verify: ["true"] }];
  before(async () => {
    const profiles = loadOrThrow(renderGenericYaml("demo", { markers: { volume: "data" }, steps }));
    const rights = async () => {
      asked += 1;
      return { lacking: "get leases" };
    };
    serving = await serve({
      routes: createRoutes({
        source: { ...createFixedSource(null), current: () => profiles },
        settings: SETTINGS,
        liveSets: () => Promise.resolve([]),
        guard: { ...EMPTY_CLUSTER, ports: { ...EMPTY_CLUSTER.ports, rights } },
      }),
    });
  });
  after(stopServers);

  const buildSet = (labels: Readonly<Record<string, string>>, replicas: number) => ({
    metadata: { name: "web" },
    spec: {
      replicas,
      serviceName: "web",
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web", ...labels } }, spec: { containers: [{ name: "app" }] } },
      volumeClaimTemplates: [{ metadata: { name: "data" } }],
    },
  });
  const ours = { "rollcall.dev/profile": "demo" };
  const CASES: readonly [what: string, old: object | null, times: number][] = [
    ["is created", null, 2],
    ["gets the label", buildSet({}, 1), 2],
    ["is scaled", buildSet(ours, 1), 1],
  ];
  for (const [what, oldObject, times] of CASES) {
    it(`is checked ${times === 1 ? "once" : "twice"} when it ${what}`, async () => {
      asked = 0;
      const body = buildPodReviewBody({
        uid: "u",
        name: "web",
        resource: { group: "apps", version: "v1", resource: "statefulsets" },
        operation: oldObject === null ? "CREATE" : "UPDATE",
        object: buildSet(ours, 2),
        oldObject,
      });
      const { allowed, warnings = [] } = parseResponse(await serving.post("/validate", body));
      assert.equal(allowed, true);
      assert.match(warnings.join("\n"), /RC015 .* may not get leases/);
      assert.equal(asked, times);
    });
  }
});

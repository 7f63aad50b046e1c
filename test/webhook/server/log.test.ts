// The log of reviews: user, object and decision; never the object's contents.
import assert from "node:assert/strict";
import { EMPTY_CLUSTER } from "../../../webhook/cli/try/emptyCluster.ts";
import { loadProfiles } from "../../../webhook/profiles/load.ts";
import { createFixedSource } from "../../../webhook/profiles/source.ts";
import { createRoutes } from "../../../webhook/reviews/routes.ts";
import { logServed, openLog } from "../../../webhook/server/log.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { buildMemberPod, buildPodReviewBody, CONTROLLER_USER, parseResponse } from "../admission/reviews.ts";
import { type ServingTest, serve, stopServers } from "./serving.ts";

const SENTINEL = "s3cr3t-of-the-pod";
const loaded = loadProfiles(renderGenericYaml("demo", "", "namespaces: [shop]"));

describe("the log", () => {
  let written = "";
  let serving: ServingTest;
  before(async () => {
    const log = openLog("info", { write: (text) => (written += text) });
    const profiles = "profiles" in loaded ? loaded.profiles : null;
    const settings = { initImage: { name: "init" }, controllerUsers: [CONTROLLER_USER] };
    serving = await serve({
      routes: {
        ...createRoutes({
          source: createFixedSource(profiles),
          settings,
          liveSets: () => Promise.resolve([]),
          guard: EMPTY_CLUSTER,
        }),
        "/throw": ({ object }) => {
          throw new Error(`cannot digest ${JSON.stringify(object)}`);
        },
      },
      onServed: (served) => logServed(log, served),
    });
  });
  after(stopServers);
  beforeEach(() => {
    written = "";
  });

  /** Sends a review of a pod with a secret in its env; returns the logged lines. */
  async function logReview(path: string, request: Readonly<Record<string, unknown>> = {}) {
    const object = buildMemberPod("demo", [{ name: "PASSWORD", value: SENTINEL }]);
    const reply = await serving.post(path, buildPodReviewBody({ uid: "u-9", object, ...request }));
    assert.equal(parseResponse(reply).uid, "u-9");
    assert.ok(written.endsWith("}\n"));
    return written
      .trimEnd()
      .split("\n")
      .map((line): Record<string, unknown> => JSON.parse(line));
  }

  it("has one line for a review: uid, namespace, name, user, decision and number", async () => {
    const [line, ...more] = await logReview("/mutate", { name: "web-2" });
    assert.deepEqual(more, []);
    const { time, ms, ...rest } = line ?? {};
    assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
    assert.equal(typeof ms, "number");
    assert.deepEqual(rest, {
      level: "info",
      path: "/mutate",
      uid: "u-9",
      operation: "CREATE",
      resource: "pods",
      namespace: "shop",
      name: "web-2",
      user: CONTROLLER_USER,
      allowed: true,
      patched: true,
      profile: "demo",
      "node-id": "3",
      msg: "allowed",
    });
  });

  it("has the rule, the code and the message of a denial", async () => {
    const [line] = await logReview("/mutate", { namespace: "elsewhere" });
    assert.deepEqual(
      [line?.["allowed"], line?.["rule"], line?.["code"]],
      [false, "profile-not-allowed", "RC102"],
    );
    assert.match(String(line?.["msg"]), /^rollcall RC102 profile-not-allowed: /);
  });

  it("takes the name from the object if the request has none, as with generateName", async () => {
    const [line] = await logReview("/mutate", { name: "" });
    assert.equal(line?.["name"], "web-2");
  });

  it("marks dry runs", async () => {
    const [line] = await logReview("/mutate", { dryRun: true });
    assert.equal(line?.["dryRun"], true);
  });

  it("has internal errors with their stack", async () => {
    const lines = await logReview("/throw");
    const fault = lines.find(({ level }) => level === "error");
    assert.equal(fault?.["uid"], "u-9");
    assert.match(String(fault?.["fault"]), /^Error\n {4}at .*log\.test\.ts/);
  });

  it("never contains the object or one of its secrets, whatever the decision", async () => {
    const requests = [{}, { namespace: "elsewhere" }, { userInfo: { username: "mallory" } }];
    for (const path of ["/mutate", "/validate", "/throw"]) {
      for (const request of requests) await logReview(path, request);
    }
    assert.ok(written.length > 0);
    for (const part of [SENTINEL, "PASSWORD", "containers", "ownerReferences"])
      assert.ok(!written.includes(part), part);
  });

  it("has a warning with status and reason for an invalid review", async () => {
    await serving.ask({ path: "/mutate", method: "POST", headers: { "content-type": "application/json" } });
    const { level, status, msg }: Record<string, unknown> = JSON.parse(written);
    assert.deepEqual([level, status, msg], ["warn", 400, "the body is empty; expected an AdmissionReview"]);
  });
});

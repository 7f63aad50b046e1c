// /metrics over real HTTPS: what is counted, and that callers cannot make it grow.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { allowRequest, allowWithPatch, denyRequest, failRequest } from "../../../webhook/admission/answer.ts";
import type { ReviewHandler } from "../../../webhook/admission/route.ts";
import { Profiles } from "../../../webhook/profiles/profileSet.ts";
import { type Metrics, openMetrics } from "../../../webhook/server/metrics.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { buildPodReviewBody } from "../admission/reviews.ts";
import { loadOrThrow } from "../profiles/faults.ts";
import { issueCertificate, type ServingTest, serve, stopServers } from "./serving.ts";

const SET = { group: "apps", version: "v1", resource: "statefulsets" };

const overridden = () =>
  allowRequest({ audit: { override: "jo until noon: disk", rule: "scale-down-denied", code: "RC012" } });

/** Decides by the review's name, so that a test can choose. */
const decide: ReviewHandler = ({ name }) => {
  switch (name) {
    case "denied":
      return denyRequest("no", { audit: { rule: "scale-down-denied", code: "RC012" } });
    case "would-deny":
      return allowRequest({ warnings: ["no"], audit: { "would-deny": "RC013" } });
    case "overridden":
      return overridden();
    case "patched":
      return allowWithPatch([{ op: "add", path: "/x", value: 1 }]);
    case "errored":
      return failRequest("cannot");
    case "fault":
      throw new Error("broken");
    case "forged":
      return denyRequest("no", { audit: { code: "RC012-of-mallory" } });
    default:
      return allowRequest();
  }
};

describe("metrics", () => {
  let metrics: Metrics;
  let serving: ServingTest;
  beforeEach(async () => {
    metrics = openMetrics();
    serving = await serve({
      routes: { "/mutate": decide, "/validate": decide },
      metrics,
      onServed: metrics.served,
    });
  });
  afterEach(stopServers);

  const text = async (): Promise<string> => (await serving.ask({ path: "/metrics" })).text;
  const lines = async (metric: string): Promise<string[]> =>
    (await text()).split("\n").filter((line) => line.startsWith(metric));
  const send = (path: string, request: Readonly<Record<string, unknown>>) =>
    serving.post(path, buildPodReviewBody(request));

  it("can be parsed by Prometheus, and include those of the process", async () => {
    const { status, headers, text: all } = await serving.ask({ path: "/metrics" });
    assert.equal(status, 200);
    assert.match(headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
    for (const name of ["process_resident_memory_bytes", "nodejs_eventloop_lag_seconds"])
      assert.match(all, new RegExp(`^${name} [0-9.e-]+$`, "m"));
  });

  it("count reviews by path, operation, resource, decision and code", async () => {
    const pods: readonly [name: string, decision: string, code: string][] = [
      ["any", "allowed", "none"],
      ["patched", "patched", "none"],
      ["denied", "denied", "RC012"],
      ["would-deny", "would-deny", "RC013"],
      ["errored", "errored", "none"],
      ["fault", "fault", "none"],
      ["forged", "denied", "none"],
    ];
    for (const [name] of pods) await send("/mutate", { name });
    await send("/validate", { name: "denied", resource: SET, subResource: "scale", operation: "UPDATE" });
    const counted = await lines("rollcall_admission_reviews_total");
    for (const [, decision, code] of pods) {
      const labels = `path="/mutate",operation="CREATE",resource="pods",decision="${decision}",code="${code}",dry_run="false"`;
      assert.ok(
        counted.includes(`rollcall_admission_reviews_total{${labels}} 1`),
        `${labels}\n${counted.join("\n")}`,
      );
    }
    const scaled = `path="/validate",operation="UPDATE",resource="statefulsets/scale",decision="denied",code="RC012"`;
    assert.ok(
      counted.includes(`rollcall_admission_reviews_total{${scaled},dry_run="false"} 1`),
      counted.join("\n"),
    );
  });

  it("count the overrides that were used, except in dry runs", async () => {
    const request = { name: "overridden", resource: SET, operation: "UPDATE" };
    await send("/validate", request);
    await send("/validate", { ...request, dryRun: true });
    assert.deepEqual(await lines("rollcall_overrides_used_total"), [
      'rollcall_overrides_used_total{code="RC012"} 1',
    ]);
    assert.ok(
      (await lines("rollcall_admission_reviews_total")).some((line) => line.includes('dry_run="true"')),
    );
  });

  it("have the durations of reviews", async () => {
    await send("/mutate", {});
    assert.deepEqual(await lines("rollcall_admission_review_duration_seconds_count"), [
      'rollcall_admission_review_duration_seconds_count{path="/mutate"} 1',
    ]);
    const [sum = ""] = await lines("rollcall_admission_review_duration_seconds_sum");
    const seconds = Number(sum.split(" ").at(-1));
    assert.ok(seconds > 0 && seconds < 10, sum);
  });

  it("count invalid reviews by the status of the answer", async () => {
    await serving.ask({ path: "/mutate" });
    await serving.ask({ path: "/mutate", method: "POST" });
    assert.deepEqual(await lines("rollcall_invalid_requests_total"), [
      'rollcall_invalid_requests_total{path="/mutate",status="405"} 1',
      'rollcall_invalid_requests_total{path="/mutate",status="415"} 1',
    ]);
  });

  it("do not grow with the contents of reviews, and contain none of their names", async () => {
    await send("/validate", { name: "denied" });
    await send("/validate", { name: "denied", resource: { ...SET, resource: "mallory-0" } });
    const before = (await lines("rollcall_")).length;
    for (let index = 1; index <= 20; index += 1) {
      const name = `mallory-${index}`;
      await send("/validate", {
        name: "denied",
        namespace: name,
        userInfo: { username: name },
        resource: { group: name, version: name, resource: name },
        subResource: name,
      });
    }
    const after = await text();
    assert.equal((await lines("rollcall_")).length, before);
    assert.ok(!after.includes("mallory"));
    assert.ok(!after.includes("shop"));
  });

  it("have the numbers of active and inactive profiles", async () => {
    const read = async () =>
      (await lines("rollcall_profiles{")).map((line) => line.replace("rollcall_profiles", ""));
    const rejected = new Map([
      ["a", { reason: "Invalid", message: "" }],
      ["b", { reason: "Conflict", message: "" }],
      ["c", { reason: "Invalid", message: "" }],
    ] as const);
    metrics.profiles(new Profiles(new Map(), rejected));
    assert.deepEqual(await read(), ['{state="active"} 0', '{state="invalid"} 2', '{state="conflict"} 1']);
    metrics.profiles(loadOrThrow(renderGenericYaml("demo")));
    assert.deepEqual(await read(), ['{state="active"} 1', '{state="invalid"} 0', '{state="conflict"} 0']);
  });

  it("have the age of the profile cache at each scrape", async () => {
    let age: number | null = null;
    metrics.watchCacheAge(() => age);
    assert.deepEqual(await lines("rollcall_profile_cache_age_seconds"), [
      "rollcall_profile_cache_age_seconds Nan",
    ]);
    age = 2.5;
    assert.deepEqual(await lines("rollcall_profile_cache_age_seconds"), [
      "rollcall_profile_cache_age_seconds 2.5",
    ]);
  });

  it("have the time at which the certificate expires", async () => {
    const served = await issueCertificate();
    metrics.certificate(served);
    const seconds = Date.parse(new X509Certificate(served.cert).validTo) / 1000;
    assert.deepEqual(await lines("rollcall_certificate_expiry_timestamp_seconds"), [
      `rollcall_certificate_expiry_timestamp_seconds ${seconds}`,
    ]);
  });

  it("have the content of pods that was read last", async () => {
    const stamp = "rollcall_content_read_timestamp_seconds";
    const read = async () => (await lines("rollcall_content_")).filter((line) => !line.startsWith(stamp));
    const readTime = async () => Number((await lines(stamp))[0]?.split(" ")[1]);
    const format = (sets: number, counts: readonly number[]) => [
      `rollcall_content_sets ${sets}`,
      ...["current", "other", "failing", "unknown"].map(
        (state, index) => `rollcall_content_pods{state="${state}"} ${counts[index]}`,
      ),
    ];
    assert.deepEqual(await read(), format(0, [0, 0, 0, 0]));
    const before = await readTime();
    assert.ok(
      Math.abs(Date.now() / 1000 - before) < 600,
      "an alert on its age must fire if nothing is ever read",
    );
    const summary = { sets: 2, pods: { current: 3, other: 1, failing: 2, unknown: 4 } };
    metrics.content({ summary, readAt: null });
    assert.deepEqual(await read(), format(2, [3, 1, 2, 4]));
    assert.equal(await readTime(), before);
    metrics.content({ summary, readAt: new Date(5000) });
    assert.equal(await readTime(), 5);
  });

  it("count Events by their result", async () => {
    for (const outcome of ["written", "written", "failed", "dropped"] as const) metrics.event(outcome);
    assert.deepEqual(await lines("rollcall_events_total"), [
      'rollcall_events_total{result="written"} 2',
      'rollcall_events_total{result="failed"} 1',
      'rollcall_events_total{result="dropped"} 1',
    ]);
  });
});

describe("a server without metrics", () => {
  after(stopServers);
  it("has no /metrics", async () => {
    const { status, text } = await (await serve({})).ask({ path: "/metrics" });
    assert.equal(status, 404);
    assert.ok(!text.includes("/metrics"));
  });
});

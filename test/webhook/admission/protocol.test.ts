// Reviews over real HTTPS: a valid review gets 200 and its uid, anything else an HTTP status that says why
// (docs/research/kubernetes-admission.md#reviews).
import assert from "node:assert/strict";
import { add, allowRequest, allowWithPatch, denyRequest } from "../../../webhook/admission/answer.ts";
import type { ReviewHandler } from "../../../webhook/admission/route.ts";
import { type RequestInput, type ServingTest, serve, stopServers } from "../server/serving.ts";
import { buildPodReviewBody, parseOperations, parseResponse } from "./reviews.ts";

const SENTINEL = "s3cr3t-of-the-pod";

const handlers: Record<string, ReviewHandler> = {
  "/allow": () => allowRequest(),
  "/patch": () => allowWithPatch([add(["metadata", "labels"], { a: "b" })]),
  "/deny": async (request) => denyRequest(`not ${request.name}`),
  "/throw": ({ object }) => {
    throw new TypeError(`cannot digest\n    at ${JSON.stringify(object)}`);
  },
};

describe("a review over HTTPS", () => {
  let serving: ServingTest;
  before(async () => {
    serving = await serve({ routes: handlers });
  });
  after(stopServers);

  it("is answered with 200 and its own uid", async () => {
    const reply = await serving.post("/allow", buildPodReviewBody({ uid: "its-own" }));
    assert.equal(reply.status, 200);
    assert.equal(reply.headers["content-type"], "application/json");
    assert.deepEqual(parseResponse(reply), { uid: "its-own", allowed: true });
  });

  it("is answered with a patch that the API server can read", async () => {
    const response = parseResponse(await serving.post("/patch?timeout=10s", buildPodReviewBody()));
    assert.equal(response.patchType, "JSONPatch");
    assert.deepEqual(parseOperations(response), [{ op: "add", path: "/metadata/labels", value: { a: "b" } }]);
  });

  it("is denied with 200 and the denial in the response", async () => {
    const reply = await serving.post("/deny", buildPodReviewBody());
    assert.equal(reply.status, 200);
    const { allowed: isAllowed, status } = parseResponse(reply);
    assert.equal(isAllowed, false);
    assert.deepEqual([status?.code, status?.message], [403, "not web-0"]);
  });

  it("fails with code 500 if the handler throws, without the error's message", async () => {
    const object = { spec: { containers: [{ env: [{ name: "PASSWORD", value: SENTINEL }] }] } };
    const reply = await serving.post("/throw", buildPodReviewBody({ uid: "bad", object }));
    assert.equal(reply.status, 200);
    const { uid, allowed: isAllowed, status } = parseResponse(reply);
    assert.deepEqual([uid, isAllowed, status?.code], ["bad", false, 500]);
    assert.match(status?.message ?? "", /TypeError.*uid bad/);
    assert.ok(!reply.text.includes(SENTINEL));
  });

  it("leaves the stack for the log if the handler throws, without the error's message", async () => {
    await serving.post("/throw", buildPodReviewBody({ object: { env: SENTINEL } }));
    const fault = serving.served.at(-1)?.fault ?? "";
    assert.match(fault, /^TypeError\n {4}at .*protocol\.test\.ts/);
    assert.ok(!fault.includes(SENTINEL));
  });
});

const json = { "content-type": "application/json" };
const GARBAGE: readonly { what: string; asking: Partial<RequestInput>; status: number; says: RegExp }[] = [
  { what: "a GET", asking: { method: "GET" }, status: 405, says: /only POST/ },
  { what: "no content-type", asking: { body: "{}" }, status: 415, says: /content-type is missing/ },
  {
    what: "another content-type",
    asking: { headers: { "content-type": "text/plain" }, body: JSON.stringify(buildPodReviewBody()) },
    status: 415,
    says: /content-type is text\/plain; expected application\/json/,
  },
  { what: "an empty body", asking: { headers: json }, status: 400, says: /body is empty/ },
  { what: "half a JSON text", asking: { headers: json, body: '{"api' }, status: 400, says: /not JSON/ },
  { what: "null", asking: { headers: json, body: "null" }, status: 400, says: /: the body: / },
  {
    what: "a review of v1beta1",
    asking: {
      headers: json,
      body: JSON.stringify({ ...buildPodReviewBody(), apiVersion: "admission.k8s.io/v1beta1" }),
    },
    status: 400,
    says: /of admission\.k8s\.io\/v1: apiVersion: /,
  },
  {
    what: "a review without a uid",
    asking: { headers: json, body: JSON.stringify(buildPodReviewBody({ uid: "" })) },
    status: 400,
    says: /: request\.uid: /,
  },
  {
    what: "a resource of the wrong type",
    asking: {
      headers: json,
      body: JSON.stringify(buildPodReviewBody({ resource: { group: "", version: 1 } })),
    },
    status: 400,
    says: /: request\.resource\.version: /,
  },
];

describe("a request that is no review", () => {
  let serving: ServingTest;
  before(async () => {
    serving = await serve({ routes: handlers });
  });
  after(stopServers);

  for (const { what, asking, status, says } of GARBAGE) {
    it(`gets ${status} and a reason: ${what}`, async () => {
      const reply = await serving.ask({ path: "/allow", method: "POST", ...asking });
      assert.equal(reply.status, status);
      assert.match(reply.text, says);
      assert.match(reply.text, /^[^\n]+\n$/);
    });
  }

  it("may have a charset in the content-type", async () => {
    const headers = { "content-type": "Application/JSON; charset=utf-8" };
    const body = JSON.stringify(buildPodReviewBody());
    const reply = await serving.ask({ path: "/allow", method: "POST", headers, body });
    assert.equal(reply.status, 200);
  });
});

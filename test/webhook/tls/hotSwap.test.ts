// A new certificate without a restart (docs/research/kubernetes-admission.md#certificates).
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { allowRequest } from "../../../webhook/admission/answer.ts";
import { type Certificate, issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { buildPodReviewBody } from "../admission/reviews.ts";
import { HOST, issueCertificate, type ServingTest, serve, stopServers } from "../server/serving.ts";

describe("a new certificate", () => {
  let serving: ServingTest;
  let next: Certificate;
  before(async () => {
    next = await issueSelfSigned([HOST], new Date());
  });
  beforeEach(async () => {
    serving = await serve({ routes: { "/": () => allowRequest() } });
  });
  afterEach(stopServers);
  const isServed = async ({ ca }: Certificate): Promise<boolean> => {
    try {
      return (await serving.ask({ path: "/healthz", ca })).status === 200;
    } catch {
      return false;
    }
  };

  it("is served to new connections, and open ones continue", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await serving.post("/", buildPodReviewBody(), agent);
    serving.server.setCertificate(next);

    const { status, reused } = await serving.post("/", buildPodReviewBody(), agent);
    agent.destroy();
    assert.deepEqual([status, reused], [200, true]);
    assert.equal(await isServed(next), true);
    assert.equal(await isServed(await issueCertificate()), false);
  });

  it("throws if it is invalid, and the previous one is still served", async () => {
    const before = await issueCertificate();
    const broken = [
      { cert: "garbage", key: "garbage", ca: "" },
      { ...next, key: before.key },
      { ...next, key: "" },
      { ...next, cert: "" },
    ];
    for (const each of broken) assert.throws(() => serving.server.setCertificate(each), Error);
    assert.equal(await isServed(before), true);
  });
});

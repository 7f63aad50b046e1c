// The API server keeps idle connections for 90 s and does not resend a POST when one breaks, so the server must not be
// the one that closes (docs/research/kubernetes-admission.md#connections).
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { allowRequest } from "../../../webhook/admission/answer.ts";
import { buildPodReviewBody } from "../admission/reviews.ts";
import { serve, stopServers } from "./serving.ts";

/** Longer than Node's default keepAliveTimeout of 5 s plus a second of grace. */
const IDLE_MS = 6_300;

describe("an idle connection", () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  after(async () => {
    agent.destroy();
    await stopServers();
  });

  it("can still be used after more than Node's default of 5 s, and announces more than 90 s", async () => {
    const { post } = await serve({ routes: { "/": () => allowRequest() } });
    const first = await post("/", buildPodReviewBody(), agent);
    const promised = String(first.headers["keep-alive"]);
    assert.ok(Number(/timeout=(\d+)/.exec(promised)?.[1]) > 90, promised);

    await new Promise((done) => setTimeout(done, IDLE_MS));
    const second = await post("/", buildPodReviewBody(), agent);
    assert.deepEqual([second.status, second.reused], [200, true]);
  });
});

// The deadline of a review, from the API server's timeout.
import assert from "node:assert/strict";
import { denyRequest } from "../../../webhook/admission/answer.ts";
import { readTimeoutMs } from "../../../webhook/admission/route.ts";
import { serve, stopServers } from "../server/serving.ts";
import { buildPodReviewBody, parseResponse } from "./reviews.ts";

const TIMEOUTS: readonly [url: string, milliseconds: number][] = [
  ["/mutate?timeout=10s", 9_000],
  ["/mutate?timeout=5s", 4_500],
  ["/mutate?timeout=2.5s", 2_250],
  ["/mutate?timeout=1500ms", 1_350],
  ["/mutate?a=b&timeout=3s", 2_700],
  // at most the API server's maximum
  ["/mutate?timeout=1m", 27_000],
  ["/mutate?timeout=99999999999999999999s", 27_000],
  // at least enough for a decision
  ["/mutate?timeout=0s", 90],
  // without a valid timeout the API server's default of 10 s
  ["/mutate", 9_000],
  ["/mutate?", 9_000],
  ["/mutate?timeout=", 9_000],
  ["/mutate?timeout=soon", 9_000],
  ["/mutate?timeout=-5s", 9_000],
  ["/mutate?timeout=5", 9_000],
  ["/mutate?timeout=1e3s", 9_000],
  ["/mutate?timeout=%FF", 9_000],
];

describe("the deadline of a review", () => {
  afterEach(stopServers);

  for (const [url, milliseconds] of TIMEOUTS) {
    it(`is ${milliseconds} ms for ${url}`, () => {
      assert.equal(Math.round(readTimeoutMs(url)), milliseconds);
    });
  }

  it("is the default without a URL", () => {
    assert.equal(readTimeoutMs(undefined), 9_000);
  });

  it("aborts the handler's signal before the API server's timeout", async function () {
    // the timeout leaves a margin of a tenth of two seconds, since the machine may be busy
    this.retries(2);
    let abortedAfter = Number.POSITIVE_INFINITY;
    const { post } = await serve({
      routes: {
        "/": async (_request, deadline) => {
          const began = performance.now();
          assert.equal(deadline.aborted, false);
          await new Promise((done) => deadline.addEventListener("abort", done));
          abortedAfter = performance.now() - began;
          return denyRequest("could not find out in time");
        },
      },
    });
    const response = parseResponse(await post("/?timeout=2s", buildPodReviewBody()));
    assert.equal(response.status?.message, "could not find out in time");
    assert.ok(abortedAfter < 2_000, `aborted after ${abortedAfter} ms`);
    assert.ok(abortedAfter > 1_000, `aborted after ${abortedAfter} ms`);
  });
});

// How long a failed call to the API server waits.
import assert from "node:assert/strict";
import { computeBackoff } from "../../../webhook/cluster/backOff.ts";
import { ApiRefusal } from "../../../webhook/cluster/call.ts";

const refusal = (retryAfterMs: number | null): ApiRefusal =>
  new ApiRefusal({ status: 429, body: null, retryAfterMs });

describe("the pause after a failure", () => {
  it("grows from 100 ms to at most 5 s, with jitter", () => {
    const middle = [1, 2, 3, 6, 7, 1_000].map((failures) => computeBackoff(failures, null, 0.5));
    assert.deepEqual(middle, [100, 200, 400, 3_200, 5_000, 5_000]);
    assert.deepEqual([computeBackoff(1, null, 0), computeBackoff(3, null, 0.999)].map(Math.round), [50, 600]);
  });

  it("is what the API server requests, up to the maximum", () => {
    assert.equal(computeBackoff(1, refusal(2_000), 0.5), 2_000);
    assert.equal(computeBackoff(1, refusal(60_000), 0.5), 5_000);
    assert.equal(computeBackoff(5, refusal(1_000), 0.5), 1_600);
    assert.equal(computeBackoff(1, refusal(null), 0.5), 100);
  });
});

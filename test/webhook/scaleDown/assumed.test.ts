// What `rollcall check` assumes: spec.replicas may be 2^31 - 1, so the pods are not listed one by one.
import assert from "node:assert/strict";
import { assumeEvidence, listAssumptions } from "../../../webhook/scaleDown/assumeEvidence.ts";
import { MOST_PODS } from "../../../webhook/scaleDown/assumptions.ts";
import { decideScaleDown } from "../../../webhook/scaleDown/decide.ts";
import { buildWebCase, loadProfile } from "./evidence/cases.ts";

const OFFLINE = { ring: { unknown: "--ring was not given" }, service: null };
const MOST_REPLICAS = 2 ** 31 - 1;
const OVERRIDE = { override: { is: "none" } as const, now: new Date() };

describe("assumed evidence", () => {
  for (const [profile, policy] of [
    ["leaving", "managed"],
    ["in-s3", "drained"],
  ] as const) {
    it(`denies the removal of 2^31 - 1 pods under policy ${policy} without delay`, function () {
      this.timeout(5_000);
      const review = buildWebCase(loadProfile(profile), MOST_REPLICAS, 2);
      const { pods } = assumeEvidence(review, OFFLINE);
      assert.deepEqual(pods, {
        unknown: `2147483645 pods would be removed, and at most ${MOST_PODS} are checked`,
      });
      const verdict = decideScaleDown(review, assumeEvidence(review, OFFLINE), OVERRIDE);
      assert.equal(verdict.allowed, false);
      const told = listAssumptions(review, OFFLINE, { denied: null, isOverridden: false }).join("\n");
      assert.ok(told.length < 2_000, `${told.length} characters`);
    });

    it(`lists each of ${MOST_PODS} removed pods under policy ${policy}`, () => {
      const review = buildWebCase(loadProfile(profile), MOST_PODS + 2, 2);
      const { pods } = assumeEvidence(review, OFFLINE);
      assert.ok("known" in pods);
      assert.deepEqual([pods.known.length, pods.known[0]?.name], [MOST_PODS, `web-${MOST_PODS + 1}`]);
    });
  }

  it("names ten of the removed pods, and how many more there are", () => {
    const told = listAssumptions(buildWebCase(loadProfile("leaving"), 100, 2), OFFLINE, {
      denied: null,
      isOverridden: false,
    });
    assert.ok(
      told.some((line) => / web-99, .*web-90 and 88 more run with Rollcall's preStop hook/.test(` ${line}`)),
      told.join("\n"),
    );
  });
});

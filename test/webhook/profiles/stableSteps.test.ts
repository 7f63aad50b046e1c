// Profiles of earlier releases give the same steps: a changed digest would run them again in every pod after an upgrade of
// Rollcall. A new field must not change the digest of a profile that does not set it.
import assert from "node:assert/strict";
import { computeStepDigest } from "../../../init/contract/marker.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { loadOrThrow } from "./faults.ts";

/** Never change these: they are those of 0.2.0. */
const DIGESTS = [
  "921e34086b52ab2c6e7c3b36d07c0dc200774571d62758f762eef059143e5939",
  "9eb430f1ba467d99f1b1f3c8c51a19da98f76be71cd073fceb229df4c9fc6aa2",
];

describe("a profile of Rollcall 0.2.0", () => {
  it("gives the same step digests", () => {
    const text = renderGenericYaml(
      "demo",
      `markers: {volume: data}, releaseID: "{image}", steps: [
      {name: schema, scope: Release, run: [migrate, "--to", "{image}"], verify: [check]},
      {name: seed, scope: Pod, run: [seed], verify: [test, -s, /data/seed], recheck: [look], timeout: 2m, retries: 1}]`,
    );
    const steps = loadOrThrow(text).get("demo")?.work?.steps ?? [];
    assert.deepEqual(steps.map(computeStepDigest), DIGESTS);
  });
});

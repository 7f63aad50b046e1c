// Profiles of earlier releases give the same steps: a changed digest would run them again in every pod after an upgrade of
// Rollcall. A new field must not change the digest of a profile that does not set it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { computeStepDigest } from "../../../init/contract/marker.ts";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";
import { loadOrThrow } from "./faults.ts";

/** Never change these: they are those of 0.2.0. */
const DIGESTS = [
  "921e34086b52ab2c6e7c3b36d07c0dc200774571d62758f762eef059143e5939",
  "9eb430f1ba467d99f1b1f3c8c51a19da98f76be71cd073fceb229df4c9fc6aa2",
];

/** Of all steps of a profile of type Otobo, after its further fields. Never change these: they are those of 0.2.0. */
const OTOBO_DIGESTS: readonly [fields: readonly string[], digest: string][] = [
  [[], "308b9f8e2ca631a1389143a0db52f947eac08d79cc447a9d0d2d15d7116364e6"],
  [
    [
      "release: {upgradePackages: true, migrate: true, firstInstall: Installer}",
      's3: {endpoint: "https://s3.test:9000", bucket: desk, credentialsSecretName: keys}',
      "config: {configMapName: c}",
      "waitTimeout: 30m",
    ],
    "f073d40bf8d4e2e7811580ff2d1994128260782eef29b395fbce1f1437880a03",
  ],
];

const OTOBO = [
  "home: {volume: otobo, mode: Ephemeral}",
  "database: {type: MariaDB, host: db, passwordSecretName: s}",
  "redis: {host: redis}",
  "scaleDown: {policy: Managed, minReplicas: 1}",
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

  it("gives the same step digests for OTOBO", () => {
    for (const [fields, digest] of OTOBO_DIGESTS) {
      const spec = `type: Otobo, namespaces: [demo], otobo: {${[...OTOBO, ...fields].join(", ")}}`;
      const work = loadOrThrow(renderProfileYaml("desk", spec)).get("desk")?.work;
      const steps = (work?.steps ?? []).map((step) => `${step.name} ${computeStepDigest(step)}`);
      assert.equal(createHash("sha256").update(steps.join("\n")).digest("hex"), digest, steps.join("\n"));
      assert.deepEqual(work?.releaseFrom, ["/rollcall/rollcall", "otobo", "release"]);
    }
  });
});

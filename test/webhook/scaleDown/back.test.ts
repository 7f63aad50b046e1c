// Members that a scale-up adds again: those that were evicted may join again.
import assert from "node:assert/strict";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { buildUnknownEvidence } from "../../../webhook/scaleDown/evidence.ts";
import type { GuardResult } from "../../../webhook/scaleDown/reviewOutcome.ts";
import { reviewScaleDown } from "../../../webhook/scaleDown/reviewScaleDown.ts";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";
import { loadActiveConfig } from "../mutation/pod.ts";
import { buildWebCase, loadProfile } from "./evidence/cases.ts";

const ASKED = { userInfo: { username: "dev" } } as AdmissionRequest;
const PROFILES =
  renderProfileYaml(
    "ring",
    `type: OzoneOM, namespaces: ["*"], ozoneOM: {containers: [app], serviceID: omservice, maxReplicas: 5,
    metadata: {volume: data, dirs: /data/metadata}, scaleDown: {policy: Managed, minReplicas: 1}}`,
  ) + renderGenericYaml("leaving");

interface Asks {
  profile?: string;
  dryRun?: boolean;
  why?: string | null;
}

async function scale(from: number, to: number, { profile = "ring", dryRun = false, why = null }: Asks = {}) {
  const readmitted: string[] = [];
  const guarded: GuardResult = await reviewScaleDown(
    buildWebCase(loadProfile(profile), from, to).change,
    { ...ASKED, dryRun },
    {
      config: { profiles: loadActiveConfig(PROFILES).profiles, collectorUsers: [], now: () => new Date() },
      deadline: AbortSignal.timeout(5_000),
      ports: {
        gather: () => Promise.resolve(buildUnknownEvidence("it was not asked")),
        record: () => Promise.resolve(null),
        readmit: (_, pods) => {
          readmitted.push(...pods);
          return Promise.resolve(why === null ? null : { why });
        },
      },
    },
  );
  return { guarded, readmitted: readmitted.sort() };
}

describe("a scale-up of a ring", () => {
  it("readmits all members whose ordinals it adds", async () => {
    const { guarded, readmitted } = await scale(2, 4);
    assert.deepEqual([guarded.answer.allowed, readmitted], [true, ["web-2", "web-3"]]);
  });

  it("readmits no member after a pause, in a dry run, without new ordinals, and without a ring", async () => {
    for (const { readmitted } of [
      await scale(0, 4),
      await scale(2, 4, { dryRun: true }),
      await scale(4, 4),
      await scale(2, 4, { profile: "leaving" }),
    ])
      assert.deepEqual(readmitted, []);
  });

  it("is allowed with a warning that says what to do if the record cannot be read", async () => {
    const { guarded } = await scale(3, 4, { why: "no answer" });
    assert.equal(guarded.answer.allowed, true);
    assert.match(
      guarded.answer.warnings?.join() ?? "",
      /^rollcall: cannot determine whether web-3 was evicted earlier: no answer\. .* om rejoin POD/,
    );
  });
});

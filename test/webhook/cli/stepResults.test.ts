// What `try` reports about a step, from marker, record and exit code.
import assert from "node:assert/strict";
import { computeReleaseId, type Plan } from "../../../init/contract/plan.ts";
import { readRecord } from "../../../init/contract/record.ts";
import { buildStepReports, type ObservedRun } from "../../../webhook/cli/try/buildStepReports.ts";

const step = { run: ["a"], verify: ["b"], timeoutSeconds: 1, retries: 0 };
const PLAN: Plan = {
  schema: 1,
  identity: {
    namespace: "shop",
    workload: "web",
    pod: "web-1",
    nodeId: "2",
    kind: "generic",
    profile: "demo",
  },
  ordinal: 1,
  release: "app:1",
  revision: null,
  markers: { store: "pvc", root: "/m", path: "x" },
  s3: null,
  lock: { store: "lease", seconds: 30 },
  api: { folder: "/t" },
  drop: "allow",
  leave: null,
  steps: [
    { ...step, name: "schema", scope: "release" },
    { ...step, name: "warm", scope: "pod" },
  ],
};
const BEGAN = new Date("2026-01-01T12:00:00Z");

function buildRecord(release: { id: string; pod: string; at: string }): ObservedRun["record"] {
  const more = { kind: "generic", profile: "demo", base: 1, seq: 1, fence: 1 };
  const read = readRecord(JSON.stringify({ schema: 1, ...more, release: { ...release, fence: 1 } }));
  return "record" in read ? read.record : null;
}

const told = (seen: Partial<ObservedRun>): string[] => {
  const whole = {
    plan: PLAN,
    marker: null,
    record: null,
    began: BEGAN,
    ended: { code: 1, message: "no\nmore" },
  };
  return buildStepReports({ ...whole, ...seen }).map(({ result, why }) => `${result}: ${why}`);
};

describe("the result of a step", () => {
  const id = computeReleaseId(PLAN);

  it("of a release names the pod that has done it, and when, from the record", () => {
    const at = "2026-01-01T12:00:01Z";
    assert.equal(told({ record: buildRecord({ id, pod: "web-1", at }) })[0], "done: by this pod");
    const before = "2026-01-01T11:00:00Z";
    assert.equal(
      told({ record: buildRecord({ id, pod: "web-1", at: before }) })[0],
      "done-before: by this pod",
    );
    assert.equal(told({ record: buildRecord({ id, pod: "web-0", at }) })[0], "done-before: by web-0");
    assert.equal(told({ record: buildRecord({ id: "other", pod: "web-1", at }) })[0], "failed: no");
  });

  it("of a pod comes from the marker, or from the runner's exit code if the marker is only in S3", () => {
    assert.deepEqual(told({})[1], "failed: no");
    const inS3: Plan = { ...PLAN, markers: { store: "s3" } };
    const ended = { code: 0, message: "" };
    assert.equal(told({ plan: inS3, ended })[1], "done: the runner exited with 0");
    assert.equal(told({ ended })[1], "failed: ", "a marker that should be there and is not");
  });
});

// What `try` reports about a step, from the runner's log, marker, record and exit code.
import assert from "node:assert/strict";
import type { Plan } from "../../../init/contract/plan.ts";
import { computeReleaseId, readRecord } from "../../../init/contract/record.ts";
import {
  buildStepReports,
  type ObservedRun,
  observeStartedSteps,
} from "../../../webhook/cli/try/buildStepReports.ts";

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
const AT = "2026-01-01T12:00:00Z";
const SCHEMA: ReadonlySet<string> = new Set(["schema"]);

function buildRecord(changes: {
  release: { id: string; pod: string; at: string };
  releasing?: object;
}): ObservedRun["record"] {
  const more = { kind: "generic", profile: "demo", base: 1, seq: 1, fence: 1 };
  const release = { ...changes.release, fence: 1 };
  const read = readRecord(JSON.stringify({ schema: 1, ...more, ...changes, release }));
  return "record" in read ? read.record : null;
}

const NOTHING_SEEN: ObservedRun = {
  plan: PLAN,
  marker: null,
  record: null,
  ran: new Set(),
  ended: { code: 1, message: "no\nmore" },
};

const told = (seen: Partial<ObservedRun>): string[] =>
  buildStepReports({ ...NOTHING_SEEN, ...seen }).map(({ result, why }) => `${result}: ${why}`);

describe("the result of a step", () => {
  const id = computeReleaseId(PLAN);

  it("of a release is who has done it, by the record, and whether it ran here, by the log", () => {
    const mine = buildRecord({ release: { id, pod: "web-1", at: AT } });
    assert.equal(told({ record: mine, ran: SCHEMA })[0], "done: by this pod");
    assert.equal(told({ record: mine })[0], "done-before: by this pod");
    const other = buildRecord({ release: { id, pod: "web-0", at: AT } });
    assert.equal(told({ record: other })[0], "done-before: by web-0");
    const older = buildRecord({ release: { id: "other", pod: "web-1", at: AT } });
    assert.equal(told({ record: older })[0], "failed: no");
  });

  it("of a release that was done before and is in progress again is not done", () => {
    const entry = { state: "begun", digest: "d", pod: "web-1", runId: "r", at: AT };
    const release = { id, pod: "web-0", at: AT };
    const begun = buildRecord({ release, releasing: { id, steps: { schema: entry } } });
    assert.equal(told({ record: begun, ran: SCHEMA })[0], "failed: no");
    const done = buildRecord({ release, releasing: { id, steps: { schema: { ...entry, state: "done" } } } });
    assert.equal(told({ record: done, ran: SCHEMA })[0], "done: by this pod");
  });

  it("names the release only where the pod ran a step of scope Release", () => {
    const record = buildRecord({ release: { id, pod: "web-1", at: AT } });
    const both = { record, ran: new Set(["schema", "warm"]), ended: { code: 0, message: "" } };
    assert.deepEqual(
      buildStepReports({ ...NOTHING_SEEN, ...both }).map(({ release }) => release),
      [id, undefined],
    );
    assert.equal(buildStepReports({ ...NOTHING_SEEN, record })[0]?.release, undefined);
  });

  it("knows what the runner started by its own lines, whatever a step prints", () => {
    const { onLine, ran } = observeStartedSteps();
    for (const line of [
      'rollcall: step schema: running ["a"]',
      'rollcall: [schema] rollcall: step warm: running ["b"]',
      "rollcall: step warm: already done (verify [b] exited 0)",
    ])
      onLine(line);
    assert.deepEqual([...ran], ["schema"]);
  });

  it("of a pod comes from the marker, or from the runner's exit code if the marker is only in S3", () => {
    assert.deepEqual(told({})[1], "failed: no");
    const inS3: Plan = { ...PLAN, markers: { store: "s3" } };
    const ended = { code: 0, message: "" };
    assert.equal(told({ plan: inS3, ended })[1], "done-before: the runner exited with 0");
    assert.equal(told({ plan: inS3, ended, ran: new Set(["warm"]) })[1], "done: the runner exited with 0");
    assert.equal(told({ ended })[1], "failed: ", "a marker that should be there and is not");
  });
});

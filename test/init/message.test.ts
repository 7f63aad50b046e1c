// The termination message: the verdict in 300 bytes, the whole message in 1 KiB, and no truncated characters.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cutBytes,
  formatTerminationMessage,
  MESSAGE_BYTES,
  type PodReport,
  VERDICT_BYTES,
} from "../../init/engine/message.ts";

const report: fc.Arbitrary<PodReport> = fc.record({
  pod: fc.string(),
  nodeId: fc.string(),
  steps: fc.array(
    fc.record({
      name: fc.string(),
      did: fc.constantFrom("ran", "skipped", "failed", "waiting"),
      seconds: fc.float({ noNaN: true }),
    }),
  ),
  lastLines: fc.array(fc.string({ unit: "grapheme", maxLength: 400 }), { maxLength: 30 }),
});

describe("the termination message", () => {
  it("never exceeds its limit and is valid UTF-8, whatever a step printed", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 600 });
    fc.assert(
      fc.property(text, report, (why, told) => {
        const message = formatTerminationMessage(
          { name: "step-not-verified", step: "seed", verify: why },
          told,
        );
        assert.ok(Buffer.byteLength(message) <= MESSAGE_BYTES);
        assert.ok(
          !message.includes("\ufffd") || why.includes("\ufffd") || JSON.stringify(told).includes("\ufffd"),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("truncates the verdict to leave space for the report", () => {
    const message = formatTerminationMessage(
      { name: "install-failed", why: "ü".repeat(2000) },
      { pod: "p", nodeId: "1", steps: [], lastLines: ["the last line"] },
    );
    const [verdict = ""] = message.split("\n");
    assert.ok(Buffer.byteLength(verdict) <= VERDICT_BYTES);
    assert.match(message, /last output:\nthe last line$/);
  });

  it("keeps commands complete after a truncated verdict", () => {
    const recoveryCommands = ["evict", "rejoin"].map(
      (tool) => `kubectl exec om-0 -- ${"x".repeat(200)} ${tool} om-2`,
    );
    const message = formatTerminationMessage(
      { name: "state-lost", why: "the ring lists this member, and its volume is empty", recoveryCommands },
      { pod: "om-2", nodeId: "2", steps: [], lastLines: ["y".repeat(2000)] },
    );
    const [verdict = "", ...rest] = message.split("\n");
    assert.match(verdict, /^RC221 state-lost: .*: see the commands below$/);
    for (const command of recoveryCommands) assert.ok(rest.includes(command), message);
    assert.ok(Buffer.byteLength(message) <= MESSAGE_BYTES);
  });

  it("says how the others start where OrderedReady keeps them from it, whole after a truncated verdict", () => {
    const message = formatTerminationMessage(
      { name: "state-lost", why: `the record lists this member. ${"x".repeat(400)}`, recoveryCommands: [] },
      { pod: "om-0", nodeId: "0", steps: [], lastLines: [] },
    );
    assert.match(message, /^With podManagementPolicy OrderedReady .* podManagementPolicy: Parallel, .*\.$/m);
  });

  it("truncates between characters", () => {
    assert.equal(cutBytes("aüüü", 6), "aü...");
  });
});

// What the runner says of a failure: the advice suits the command that failed.
import assert from "node:assert/strict";
import { describe as describeFailure, type Failure } from "../../../init/engine/failure.ts";

const waiting = (during?: Extract<Failure, { name: "wait-timed-out" }>["during"]): string =>
  describeFailure({
    name: "wait-timed-out",
    what: "it",
    waitedFor: "the lock",
    seconds: 5,
    ...(during === undefined ? {} : { during }),
  });

describe("the sentence of a failure", () => {
  it("of a leave says what to do after a drain, after a preStop, and nothing more for a ring's member", () => {
    const leaves = (kind: "drain" | "preStop" | "ring"): string =>
      describeFailure({ name: "leave-failed", why: "run [go] exited 1", kind });
    assert.equal(
      leaves("drain"),
      "RC216 leave-failed: run [go] exited 1; the pod is not recorded as drained. Correct the cause, then run drain again",
    );
    assert.equal(
      leaves("preStop"),
      "RC216 leave-failed: run [go] exited 1; the pod is not recorded as having left. It ends all the same and keeps its " +
        "volume: correct the cause, then scale up again, and the pod comes back and can leave again",
    );
    assert.equal(
      leaves("ring"),
      "RC216 leave-failed: run [go] exited 1; the pod is not recorded as having left",
    );
  });

  it("of a wait mentions the kubelet only in an init container, which alone is restarted", () => {
    assert.match(waiting(), /^RC215 wait-timed-out: it waited 5 s for the lock; the kubelet restarts /);
    for (const during of ["drain", "preStop", "ring", "tool"] as const)
      assert.doesNotMatch(waiting(during), /kubelet/, during);
    assert.match(waiting("drain"), /; the pod is not recorded as drained\. .* run drain again$/);
    assert.match(waiting("tool"), /; nothing was changed; run it again later$/);
  });

  it("of a step says that the step is not marked", () => {
    assert.equal(
      describeFailure({ name: "step-not-verified", step: "seed", verify: "verify [check] exited 1" }),
      "RC206 step-not-verified: step seed: run exited 0, but verify [check] exited 1; the step is not marked as done",
    );
  });
});

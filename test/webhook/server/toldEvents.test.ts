// Which outcomes cause an Event, and for which object.
import assert from "node:assert/strict";
import { allowRequest, denyRequest } from "../../../webhook/admission/answer.ts";
import { readReview } from "../../../webhook/admission/review.ts";
import type { ServedRequest } from "../../../webhook/admission/route.ts";
import type { ConfirmedOutcome } from "../../../webhook/scaleDown/reviewOutcome.ts";
import { readSetState } from "../../../webhook/scaleDown/setState.ts";
import { readPodOutcome, toClusterEvent } from "../../../webhook/server/eventMapping.ts";
import { buildMemberPod, buildPodReviewBody } from "../admission/reviews.ts";

const ABOUT = { apiVersion: "apps/v1", kind: "StatefulSet", namespace: "shop", name: "web", uid: "u-1" };

describe("an Event of the guard", () => {
  const set = { namespace: "shop", name: "web", uid: "u-1" };
  const told = (is: ConfirmedOutcome["is"]): ConfirmedOutcome => ({
    is,
    code: "RC012",
    message: "rollcall RC012 scale-down-denied: pod web-2 must stay",
    set,
  });

  for (const [is, reason] of [
    ["denied", "ChangeDenied"],
    ["held", "DeletionHeld"],
    ["would-deny", "WouldDeny"],
    ["overridden", "OverrideUsed"],
  ] as const) {
    it(`is about the StatefulSet for outcome ${is}`, () => {
      const { message } = told(is);
      assert.deepEqual(toClusterEvent(told(is)), {
        type: "Warning",
        reason,
        code: "RC012",
        message,
        about: ABOUT,
      });
    });
  }
});

describe("an Event about a pod in mode Warn", () => {
  const would = allowRequest({ warnings: ["would deny: RC105"], audit: { "would-deny": "RC105" } });
  function served(
    different: Partial<ServedRequest> = {},
    request: Readonly<Record<string, unknown>> = {},
  ): ServedRequest {
    const read = readReview(buildPodReviewBody({ object: buildMemberPod("demo"), ...request }));
    const asked = "request" in read ? read.request : assert.fail(read.wrong);
    const rest = { status: 200, wrong: null, fault: null, milliseconds: 1 };
    return { path: "/mutate", request: asked, answer: would, ...rest, ...different };
  }
  const buildOwnedPod = (owner: Readonly<Record<string, unknown>>) => ({
    metadata: { ownerReferences: [owner] },
  });

  it("is about the StatefulSet that owns it, with the code's description and nothing from the pod", () => {
    const set = { metadata: { name: "web", uid: "u-1" }, spec: { template: { spec: { containers: [] } } } };
    const live = readSetState(set, "shop");
    assert.ok("state" in live);
    const confirmed = readPodOutcome(served())?.confirm(live.state);
    assert.ok(confirmed);
    const { message, ...event } = toClusterEvent(confirmed);
    assert.deepEqual(event, { type: "Warning", reason: "WouldDeny", code: "RC105", about: ABOUT });
    assert.match(
      message,
      /^rollcall RC117 warn-mode: would deny: rollcall RC105 node-id-out-of-range: The NodeID is outside the profile's range/,
    );
  });

  const NONE: Readonly<Record<string, ServedRequest>> = {
    "in a dry run": served({}, { dryRun: true }),
    "that the validating webhook repeats": served({ path: "/validate" }),
    "that is allowed": served({ answer: allowRequest() }),
    "that is denied: its controller has an Event of its own": served({
      answer: denyRequest("no", { audit: { code: "RC105" } }),
    }),
    "that nothing owns": served({}, { object: { metadata: {} } }),
    "that cannot be read": served({}, { object: 7 }),
    "of a Job": served(
      {},
      { object: buildOwnedPod({ apiVersion: "batch/v1", kind: "Job", name: "x", controller: true }) },
    ),
    "of another API's StatefulSet": served(
      {},
      {
        object: buildOwnedPod({
          apiVersion: "other.io/v1",
          kind: "StatefulSet",
          name: "x",
          controller: true,
        }),
      },
    ),
    "whose owner is no controller": served(
      {},
      { object: buildOwnedPod({ apiVersion: "apps/v1", kind: "StatefulSet", name: "x" }) },
    ),
    "whose owner has no uid": served(
      {},
      { object: buildOwnedPod({ apiVersion: "apps/v1", kind: "StatefulSet", name: "x", controller: true }) },
    ),
    "that was no review": served({ request: null, answer: null }),
  };
  for (const [what, each] of Object.entries(NONE))
    it(`is not created for one ${what}`, () => assert.equal(readPodOutcome(each), null));
});

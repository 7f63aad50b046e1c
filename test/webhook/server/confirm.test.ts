// Contents of Events: only what the live object confirms, whoever has sent the review.
import assert from "node:assert/strict";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { readSetReview } from "../../../webhook/kubernetes/statefulSetReview.ts";
import { openConfirm } from "../../../webhook/reviews/confirm.ts";
import { readSetChange } from "../../../webhook/scaleDown/change.ts";
import { formatGuardDenial } from "../../../webhook/scaleDown/codes.ts";
import {
  buildUnknownEvidence,
  type Evidence,
  type KnownOrUnknown,
} from "../../../webhook/scaleDown/evidence.ts";
import type { ConfirmedOutcome, ReviewOutcome } from "../../../webhook/scaleDown/reviewOutcome.ts";
import { reviewScaleDown } from "../../../webhook/scaleDown/reviewScaleDown.ts";
import { loadCaseProfiles, NOW } from "../scaleDown/language/judge.ts";

const profiles = await loadCaseProfiles();
const EVIDENCE: Evidence = {
  ...buildUnknownEvidence("nobody was asked"),
  namespace: { known: { terminating: false } },
};

interface Fields {
  name?: string;
  uid?: string | undefined;
  replicas?: number;
  profile?: string;
  annotations?: Record<string, string>;
  whenDeleted?: string;
}

const set = ({
  name = "web",
  uid = "u-1",
  replicas = 5,
  profile = "fixed",
  annotations = {},
  whenDeleted = "Retain",
}: Fields = {}) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name, uid, annotations },
  spec: {
    replicas,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { "rollcall.dev/profile": profile } },
      spec: { containers: [{ name: "app" }] },
    },
    persistentVolumeClaimRetentionPolicy: { whenDeleted },
  },
});

/** What the guard would report about a change. */
async function reviewConfirmed(before: object | null, after: object | null): Promise<ReviewOutcome> {
  const request: AdmissionRequest = {
    uid: "r",
    kind: { group: "apps", version: "v1", kind: "StatefulSet" },
    resource: { group: "apps", version: "v1", resource: "statefulsets" },
    operation: before === null ? "CREATE" : after === null ? "DELETE" : "UPDATE",
    namespace: "shop",
    name: "web",
    userInfo: { username: "mallory, who says: call 0900-1" },
    object: after,
    oldObject: before,
  };
  const review = readSetReview(request);
  assert.ok(!("rule" in review));
  const read = readSetChange(review);
  assert.ok("change" in read);
  const { outcome: told } = await reviewScaleDown(read.change, request, {
    config: { profiles, collectorUsers: [], now: () => NOW },
    deadline: AbortSignal.timeout(1_000),
    ports: {
      gather: () => Promise.resolve(EVIDENCE),
      record: () => Promise.resolve(null),
      readmit: () => Promise.resolve(null),
    },
  });
  assert.ok(told !== null);
  return told;
}

/** What is reported if this is the live object. */
async function confirmed(
  outcome: ReviewOutcome,
  ...live: KnownOrUnknown<unknown>[]
): Promise<ConfirmedOutcome[]> {
  const found: ConfirmedOutcome[] = [];
  const confirm = openConfirm({
    liveSet: () => Promise.resolve(live.shift() ?? { known: null }),
    emit: (each) => found.push(each),
    onDropped: () => assert.fail("dropped"),
    storedMs: 10,
  });
  await confirm(outcome);
  await new Promise((done) => setTimeout(done, 50));
  return found;
}

const OVERRIDE = { "rollcall.dev/override": "2026-01-01T13:00:00Z the rack is burning" };

describe("the content of an Event", () => {
  it("is the denial if the live StatefulSet gives the same one", async () => {
    const outcome = await reviewConfirmed(set(), set({ replicas: 3 }));
    const [event] = await confirmed(outcome, { known: set() });
    assert.deepEqual(event, {
      is: "denied",
      code: "RC012",
      // shorter than the response, which also says that nothing was changed
      message: formatGuardDenial(outcome.denial),
      set: { namespace: "shop", name: "web", uid: "u-1" },
    });
    assert.match(outcome.message, /pods web-4, web-3 must stay/);
  });

  it("counts the live StatefulSet's pods, whatever the review says", async () => {
    const outcome = await reviewConfirmed(set({ replicas: 900 }), set({ replicas: 3 }));
    const [event] = await confirmed(outcome, { known: set({ replicas: 4 }) });
    assert.match(
      event?.message ?? "",
      /^rollcall RC012 scale-down-denied: Scaling StatefulSet shop\/web \(profile fixed\) from 4 to 3 replicas is denied: .* so pod web-3 must stay\./,
    );
  });

  it("is only the rule's description if the live StatefulSet does not confirm the denial", async () => {
    const invented = "call-0900-1-to-get-your-pods-back";
    const outcome = await reviewConfirmed(set(), set({ profile: invented }));
    assert.match(outcome.message, new RegExp(invented));
    const [event] = await confirmed(outcome, { known: set() });
    assert.match(
      event?.message ?? "",
      /^rollcall RC004 profile-label-changed: The label that selects the profile was removed from the pod template, or selects another profile\. The response to the request has the details/,
    );
    assert.doesNotMatch(event?.message ?? "", new RegExp(invented));
  });

  for (const [what, live] of [
    ["there is no such set", { known: null }],
    ["it is another one of that name", { known: set({ uid: "another" }) }],
    ["it cannot be read", { known: { spec: 1 } }],
    ["the API server does not say", { unknown: "no answer in time" }],
  ] as const) {
    it(`is empty if ${what}`, async () => {
      assert.deepEqual(await confirmed(await reviewConfirmed(set(), set({ replicas: 3 })), live, live), []);
    });
  }

  it("is empty if the review lacks the uid of an existing StatefulSet", async () => {
    const before = set();
    const outcome = await reviewConfirmed(
      { ...before, metadata: { name: "web" } },
      { ...set({ replicas: 3 }), metadata: { name: "web" } },
    );
    assert.deepEqual(await confirmed(outcome, { known: set() }), []);
  });

  it("is an override that the live StatefulSet has, without the user's name from the review", async () => {
    const outcome = await reviewConfirmed(
      set({ annotations: OVERRIDE }),
      set({ replicas: 3, annotations: OVERRIDE }),
    );
    assert.equal(outcome.is, "overridden");
    assert.match(outcome.message, /overridden by mallory, who says: call 0900-1 until 2026-01-01T13:00:00Z/);
    const [event] = await confirmed(outcome, { known: set({ annotations: OVERRIDE }) });
    assert.match(
      event?.message ?? "",
      /^rollcall RC027 override-used: overridden until 2026-01-01T13:00:00Z \(the rack is burning\): rollcall RC012 scale-down-denied: Scaling StatefulSet shop\/web/,
    );
    assert.doesNotMatch(event?.message ?? "", /mallory/);
  });

  it("is an override in the change itself after the change is stored, and never an invented one", async () => {
    const outcome = await reviewConfirmed(set(), set({ replicas: 3, annotations: OVERRIDE }));
    const stored = { known: set({ replicas: 3, annotations: OVERRIDE }) };
    assert.equal((await confirmed(outcome, { known: set() }, stored)).length, 1);
    assert.deepEqual(await confirmed(outcome, { known: set() }, { known: set() }), []);
  });

  it("is what mode Warn would deny, based on the live StatefulSet", async () => {
    const outcome = await reviewConfirmed(
      set({ profile: "watched" }),
      set({ profile: "watched", replicas: 3 }),
    );
    const [event] = await confirmed(outcome, { known: set({ profile: "watched" }) });
    assert.match(
      event?.message ?? "",
      /^rollcall RC117 warn-mode: would deny: rollcall RC012 scale-down-denied: .*web-4, web-3/,
    );
  });

  it("is limited to twenty concurrent reads; more are dropped", async () => {
    let dropped = 0;
    let release = (): void => undefined;
    const gate = new Promise<KnownOrUnknown<unknown>>((done) => {
      release = () => done({ known: null });
    });
    const confirm = openConfirm({
      liveSet: () => gate,
      emit: () => assert.fail("told"),
      onDropped: () => {
        dropped += 1;
      },
    });
    const outcome = await reviewConfirmed(set(), set({ replicas: 3 }));
    const all = Array.from({ length: 50 }, () => confirm(outcome));
    release();
    await Promise.all(all);
    assert.equal(dropped, 30);
    await confirm(outcome);
    assert.equal(dropped, 30, "and they are looked at again when the others are done");
  });
});

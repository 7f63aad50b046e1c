// What is told in Events: only what the live object confirms, in its words, whoever has sent the review.
import assert from "node:assert/strict";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { readSetReview } from "../../../webhook/kubernetes/statefulSetReview.ts";
import { openConfirm } from "../../../webhook/reviews/confirm.ts";
import { readSetChange } from "../../../webhook/scaleDown/change.ts";
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

/** What the guard would tell of a change. */
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

/** What is told in the end where the API server has this. */
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

describe("what is told in an Event", () => {
  it("is the denial itself where the live StatefulSet gives the same one", async () => {
    const outcome = await reviewConfirmed(set(), set({ replicas: 3 }));
    const [event] = await confirmed(outcome, { known: set() });
    assert.deepEqual(event, {
      is: "denied",
      code: "RC012",
      message: outcome.message,
      set: { namespace: "shop", name: "web", uid: "u-1" },
    });
    assert.match(outcome.message, /pods web-4, web-3 must stay/);
  });

  it("counts the live set's pods, whatever the review says there were", async () => {
    const outcome = await reviewConfirmed(set({ replicas: 900 }), set({ replicas: 3 }));
    const [event] = await confirmed(outcome, { known: set({ replicas: 4 }) });
    assert.match(
      event?.message ?? "",
      /^rollcall RC012 scale-down-denied: Scaling StatefulSet shop\/web \(profile fixed\) from 4 to 3 replicas is denied: .* so pod web-3 must stay\./,
    );
  });

  it("is the rule's own sentence where only the review says so", async () => {
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
    it(`is nothing where ${what}`, async () => {
      assert.deepEqual(await confirmed(await reviewConfirmed(set(), set({ replicas: 3 })), live, live), []);
    });
  }

  it("is nothing where the review names no uid of a set that is there", async () => {
    const before = set();
    const outcome = await reviewConfirmed(
      { ...before, metadata: { name: "web" } },
      { ...set({ replicas: 3 }), metadata: { name: "web" } },
    );
    assert.deepEqual(await confirmed(outcome, { known: set() }), []);
  });

  it("is an override that the live set carries, and nobody's name from the review", async () => {
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

  it("is an override that comes with the change once the change is stored, and never one that was invented", async () => {
    const outcome = await reviewConfirmed(set(), set({ replicas: 3, annotations: OVERRIDE }));
    const stored = { known: set({ replicas: 3, annotations: OVERRIDE }) };
    assert.equal((await confirmed(outcome, { known: set() }, stored)).length, 1);
    assert.deepEqual(await confirmed(outcome, { known: set() }, { known: set() }), []);
  });

  it("is what mode warn would deny, as the live set shows it", async () => {
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

  it("is little at a time: what comes beyond twenty looks is dropped", async () => {
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

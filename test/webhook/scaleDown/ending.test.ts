// In a terminating namespace StatefulSets are deleted also if their profile does not exist.
import assert from "node:assert/strict";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { readSetReview } from "../../../webhook/kubernetes/statefulSetReview.ts";
import { readSetChange } from "../../../webhook/scaleDown/change.ts";
import { reviewScaleDown } from "../../../webhook/scaleDown/reviewScaleDown.ts";
import { loadCaseProfiles, NOW } from "./language/judge.ts";

const profiles = await loadCaseProfiles();

const REQUEST: AdmissionRequest = {
  uid: "r",
  kind: { group: "apps", version: "v1", kind: "StatefulSet" },
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
  operation: "DELETE",
  namespace: "shop",
  name: "web",
  userInfo: { username: "system:kube-controller-manager" },
  object: null,
  oldObject: {
    metadata: { name: "web", uid: "u" },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { "rollcall.dev/profile": "gone" } },
        spec: { containers: [{ name: "app" }] },
      },
    },
  },
};

async function isAllowed(isEnding: (namespace: string) => Promise<boolean>): Promise<boolean> {
  const review = readSetReview(REQUEST);
  assert.ok(!("rule" in review));
  const read = readSetChange(review);
  assert.ok("change" in read);
  const { answer } = await reviewScaleDown(read.change, REQUEST, {
    config: { profiles, collectorUsers: [], now: () => NOW },
    deadline: AbortSignal.timeout(1_000),
    ports: {
      gather: () => assert.fail("no evidence is gathered without a profile"),
      record: () => Promise.resolve(null),
      readmit: () => Promise.resolve(null),
      isEnding,
    },
  });
  return answer.allowed;
}

describe("a StatefulSet whose profile does not exist", () => {
  it("may be deleted in a terminating namespace only", async () => {
    const asked: string[] = [];
    assert.equal(await isAllowed((namespace) => Promise.resolve(asked.push(namespace) > 0)), true);
    assert.deepEqual(asked, ["shop"]);
    assert.equal(await isAllowed(() => Promise.resolve(false)), false);
  });
});

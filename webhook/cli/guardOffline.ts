// The guard without a cluster, for `check`, `render` and `try`. It assumes the best of what only a cluster knows, except of
// the ring.
import type { Ring } from "../../init/contract/ring/agree.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { ActiveConfig } from "../mutation/decidePod.ts";
import { assumeEvidence } from "../scaleDown/assumeEvidence.ts";
import type { SetChange } from "../scaleDown/change.ts";
import type { KnownOrUnknown, OfflineFacts } from "../scaleDown/evidence.ts";
import type { GuardResult } from "../scaleDown/reviewOutcome.ts";
import { reviewScaleDown } from "../scaleDown/reviewScaleDown.ts";
import type { ScaleDownReview } from "../scaleDown/rule.ts";

export interface GuardOffline {
  readonly force: ActiveConfig;
  /** null: the members are not known */
  readonly ring: KnownOrUnknown<Ring> | null;
  readonly service: OfflineFacts["service"];
  readonly now: () => Date;
}

/** @returns the guard's answer, and the review for which it needed evidence; null: it needed none */
export async function guardOffline(
  change: SetChange,
  { force, ring, service, now }: GuardOffline,
): Promise<{ guarded: GuardResult; guardReview: ScaleDownReview | null; offline: OfflineFacts }> {
  const offline: OfflineFacts = { ring: ring ?? { unknown: "--ring is missing" }, service };
  let review: ScaleDownReview | null = null;
  const guarded = await reviewScaleDown(change, REQUEST, {
    config: { profiles: force.profiles, collectorUsers: [], now },
    ports: {
      gather: (found) => {
        review = found;
        return Promise.resolve(assumeEvidence(found, offline));
      },
      // offline nothing is recorded
      record: () => Promise.resolve(null),
      readmit: () => Promise.resolve(null),
    },
    deadline: new AbortController().signal,
  });
  return { guarded, guardReview: review as ScaleDownReview | null, offline };
}

/** The guard uses the user and dryRun only. */
const REQUEST: AdmissionRequest = {
  uid: "offline",
  kind: { group: "apps", version: "v1", kind: "StatefulSet" },
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
  operation: "UPDATE",
  userInfo: { username: "rollcall-offline" },
  dryRun: true,
};

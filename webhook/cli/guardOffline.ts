// The guard without a cluster, for `check`, `render` and `try`: what only a cluster can tell is taken as good, the ring is not.
import type { Ring } from "../../init/contract/ring/agree.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { ActiveConfig } from "../mutation/decidePod.ts";
import { assumeEvidence } from "../scaleDown/assumeEvidence.ts";
import type { SetChange } from "../scaleDown/change.ts";
import type { KnownOrUnknown, OfflineFacts } from "../scaleDown/evidence.ts";
import { type GuardResult, guard } from "../scaleDown/reviewScaleDown.ts";
import type { ScaleDownReview } from "../scaleDown/rule.ts";

export interface GuardOffline {
  readonly force: ActiveConfig;
  /** null: nobody said who is in it */
  readonly ring: KnownOrUnknown<Ring> | null;
  readonly service: OfflineFacts["service"];
  readonly now: () => Date;
}

/** @returns the guard's answer, and what it was asked, null where nothing had to be found out */
export async function guardOffline(
  change: SetChange,
  { force, ring, service, now }: GuardOffline,
): Promise<{ guarded: GuardResult; asked: ScaleDownReview | null; offline: OfflineFacts }> {
  const offline: OfflineFacts = { ring: ring ?? { unknown: "--ring was not given" }, service };
  let review: ScaleDownReview | null = null;
  const guarded = await guard(change, REQUEST, {
    force: { profiles: force.profiles, collectorUsers: [], now },
    ports: {
      gather: (found) => {
        review = found;
        return Promise.resolve(assumeEvidence(found, offline));
      },
      // a dry run is not recorded
      record: () => Promise.resolve(null),
      readmit: () => Promise.resolve(null),
    },
    deadline: new AbortController().signal,
  });
  return { guarded, asked: review as ScaleDownReview | null, offline };
}

/** Of a request the guard asks who sends it, and whether it is meant. */
const REQUEST: AdmissionRequest = {
  uid: "offline",
  kind: { group: "apps", version: "v1", kind: "StatefulSet" },
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
  operation: "UPDATE",
  userInfo: { username: "whoever applies it" },
  dryRun: true,
};

// The guard without a cluster, for `check`, `render` and `try`: what only a cluster can tell is taken as good, the ring is not.
import type { Ring } from "../../init/contract/ring/agree.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { InForce } from "../mutation/decidePod.ts";
import { assumedEvidence } from "../scaleDown/assumedEvidence.ts";
import type { Change } from "../scaleDown/change.ts";
import type { Known, Offline } from "../scaleDown/evidence.ts";
import { type Guarded, guard } from "../scaleDown/reviewScaleDown.ts";
import type { Case } from "../scaleDown/rule.ts";

export interface GuardOffline {
  readonly force: InForce;
  /** null: nobody said who is in it */
  readonly ring: Known<Ring> | null;
  readonly service: Offline["service"];
  readonly now: () => Date;
}

/** @returns the guard's answer, and what it was asked, null where nothing had to be found out */
export async function guardOffline(
  change: Change,
  { force, ring, service, now }: GuardOffline,
): Promise<{ guarded: Guarded; asked: Case | null; offline: Offline }> {
  const offline: Offline = { ring: ring ?? { unknown: "--ring was not given" }, service };
  let asked: Case | null = null;
  const guarded = await guard(change, REQUEST, {
    force: { profiles: force.profiles, collectorUsers: [], now },
    ports: {
      gather: (found) => {
        asked = found;
        return Promise.resolve(assumedEvidence(found, offline));
      },
      // a dry run is not recorded
      record: () => Promise.resolve(null),
      readmit: () => Promise.resolve(null),
    },
    deadline: new AbortController().signal,
  });
  return { guarded, asked: asked as Case | null, offline };
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

// Guard settings for a cluster that is empty before the StatefulSet is applied.

import type { GuardSettings } from "../../reviews/statefulSet.ts";
import { buildUnknownEvidence, type Evidence } from "../../scaleDown/evidence.ts";
import { NAMESPACE_CONTROLLERS } from "../../scaleDown/garbageCollectors.ts";

const EVIDENCE: Evidence = {
  ...buildUnknownEvidence("there is no cluster"),
  record: { known: null },
  lock: { known: null },
  pods: { known: [] },
  service: { known: null },
  namespace: { known: { terminating: false } },
};

export const EMPTY_CLUSTER: GuardSettings = {
  ports: {
    liveSet: async () => ({ known: null }),
    gather: async () => EVIDENCE,
    record: async () => null,
    readmit: async () => null,
    budgets: null,
  },
  collectorUsers: NAMESPACE_CONTROLLERS,
  now: () => new Date(),
  confirmOutcome: async () => undefined,
};

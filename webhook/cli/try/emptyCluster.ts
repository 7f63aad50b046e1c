// Guard settings for a cluster that is empty before the StatefulSet is applied.

import type { GuardSettings } from "../../reviews/statefulSet.ts";
import type { Evidence } from "../../scaleDown/evidence.ts";
import { NAMESPACE_CONTROLLERS } from "../../scaleDown/garbageCollectors.ts";

/** Without a spread, so that the compiler asks for each new kind. */
const EVIDENCE: Evidence = {
  ring: { unknown: "there is no cluster" },
  rights: { unknown: "there is no cluster" },
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
    rights: null,
  },
  collectorUsers: NAMESPACE_CONTROLLERS,
  now: () => new Date(),
  confirmOutcome: async () => undefined,
};

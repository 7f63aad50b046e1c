// The guard on the stage: nothing lives in its cluster before the StatefulSet that is applied, so nothing can go.

import { NAMESPACE_CONTROLLERS } from "../../guard/collectors.ts";
import { type Evidence, unknownEvidence } from "../../guard/evidence.ts";
import type { GuardSettings } from "../../server/judgeSet.ts";

const EVIDENCE: Evidence = {
  ...unknownEvidence("there is no cluster"),
  record: { known: null },
  lock: { known: null },
  pods: { known: [] },
  service: { known: null },
  namespace: { known: { terminating: false } },
};

export const NOTHING_LIVES: GuardSettings = {
  ports: {
    liveSet: async () => ({ known: null }),
    gather: async () => EVIDENCE,
    record: async () => null,
    readmit: async () => null,
    budgets: null,
  },
  collectorUsers: NAMESPACE_CONTROLLERS,
  now: () => new Date(),
  tell: async () => undefined,
};

// The guard on the stage: nothing lives in its cluster before the StatefulSet that is applied, so nothing can go.

import { NAMESPACE_CONTROLLERS } from "../../guard/collectors.ts";
import type { Evidence } from "../../guard/evidence.ts";
import type { GuardSettings } from "../../server/judgeSet.ts";

const NO_CLUSTER = { unknown: "there is no cluster" } as const;

const EVIDENCE: Evidence = {
  record: { known: null },
  lock: { known: null },
  pods: { known: [] },
  service: { known: null },
  namespace: { known: { terminating: false } },
  ring: NO_CLUSTER,
  rights: NO_CLUSTER,
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

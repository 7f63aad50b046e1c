// The guard's ports: gathering evidence, writing the record, and reading the StatefulSet of a Scale.

import type { DisruptionBudget } from "../../validation/disruptionBudget.ts";
import type { PodAccount } from "../../validation/memberRole.ts";
import type { KnownOrUnknown } from "../evidence.ts";
import type { GuardPorts } from "../reviewScaleDown.ts";
import { checkRights } from "./checkRights.ts";
import { createGatherer, type EvidenceDeps } from "./createGatherer.ts";
import { createReadmitter, createRecorder } from "./recordWriter.ts";
import { readBudget, readNamespace } from "./shapes.ts";
import { toUnknownReason } from "./unknownReason.ts";

export interface EvidencePorts extends GuardPorts {
  /** the StatefulSet as the API server has it; known null: there is none */
  liveSet(namespace: string, name: string, deadline: AbortSignal): Promise<KnownOrUnknown<unknown>>;
  /** the PodDisruptionBudgets of a namespace; null: there is no cluster */
  readonly budgets:
    | ((namespace: string, deadline: AbortSignal) => Promise<readonly DisruptionBudget[]>)
    | null;
  /** the first permission of ClusterRole rollcall-member that a service account lacks; null: there is no cluster */
  readonly rights:
    | ((account: PodAccount, deadline: AbortSignal) => Promise<{ readonly lacking: string | null }>)
    | null;
}

/** @param given in production with createKubeApi of webhook/cluster */
export function createEvidencePorts(given: EvidenceDeps): EvidencePorts {
  return {
    gather: createGatherer(given),
    record: createRecorder(given.asks),
    readmit: createReadmitter(given.asks),
    budgets: (namespace, deadline) => given.asks.budgets(namespace, (item) => [readBudget(item)], deadline),
    rights: ({ namespace, set, account }, deadline) =>
      checkRights(given.asks, { namespace, set, accounts: [account], deadline }),
    isEnding: async (namespace, deadline) => {
      try {
        return readNamespace(await given.asks.namespace(namespace, deadline)).terminating;
      } catch {
        // a namespace that cannot be read counts as not terminating, so that the deletion is reviewed
        return false;
      }
    },
    liveSet: async (namespace, name, deadline) => {
      try {
        return { known: await given.asks.statefulSet({ namespace, name }, deadline) };
      } catch (error) {
        return toUnknownReason(error);
      }
    },
  };
}

// The guard on the stage, with evidence of what lives there: pods that this stage has run, and the record that they write.

import type { GuardSettings } from "../../reviews/statefulSet.ts";
import type { Evidence, LivePod } from "../../scaleDown/evidence.ts";
import { getTargetSet } from "../../scaleDown/rule.ts";
import { readSetRecord } from "./apiAccess.ts";
import type { ApiStandIn } from "./apiStandIn.ts";
import { EMPTY_CLUSTER } from "./emptyCluster.ts";

/** Pods of the stage, by namespace and StatefulSet. */
export type LivePods = Map<string, Map<string, LivePod>>;

export function stageGuard(api: ApiStandIn, pods: LivePods): GuardSettings {
  const { ports } = EMPTY_CLUSTER;
  const gather = async (...[asked, ...rest]: Parameters<typeof ports.gather>): Promise<Evidence> => {
    const { namespace, name } = getTargetSet(asked);
    const live = pods.get(`${namespace}/${name}`);
    const evidence = await ports.gather(asked, ...rest);
    if (live === undefined) return evidence;
    return {
      ...evidence,
      record: { known: readSetRecord(api, { namespace, workload: name }) },
      pods: { known: [...live.values()] },
      // the stand-in gives every pod the rights of ClusterRole rollcall-member
      rights: { known: { lacking: null } },
    };
  };
  return { ...EMPTY_CLUSTER, ports: { ...ports, gather } };
}

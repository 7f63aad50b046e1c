// Guard settings with evidence from the emulator: the pods that it has run, and the record that they write.

import type { GuardSettings } from "../../reviews/statefulSet.ts";
import type { Evidence, LivePod } from "../../scaleDown/evidence.ts";
import { getTargetSet } from "../../scaleDown/rule.ts";
import { readSetRecord } from "./apiAccess.ts";
import type { ApiStandIn } from "./apiStandIn.ts";
import { EMPTY_CLUSTER } from "./emptyCluster.ts";

/** Pods that the emulator has run, by namespace and StatefulSet. */
export type LivePods = Map<string, Map<string, LivePod>>;

export function createEmulatedGuard(api: ApiStandIn, pods: LivePods): GuardSettings {
  const { ports } = EMPTY_CLUSTER;
  const gather = async (...[review, ...rest]: Parameters<typeof ports.gather>): Promise<Evidence> => {
    const { namespace, name } = getTargetSet(review);
    const live = pods.get(`${namespace}/${name}`);
    const evidence = await ports.gather(review, ...rest);
    if (live === undefined) return evidence;
    const { ring, lock, service, namespace: inNamespace } = evidence;
    // without a spread, so that the compiler asks for each new kind
    return {
      ring,
      lock,
      service,
      namespace: inNamespace,
      record: { known: readSetRecord(api, { namespace, workload: name }) },
      pods: { known: [...live.values()] },
      // in the stand-in every pod has the permissions of ClusterRole rollcall-member
      rights: { known: { lacking: null } },
    };
  };
  return { ...EMPTY_CLUSTER, ports: { ...ports, gather } };
}

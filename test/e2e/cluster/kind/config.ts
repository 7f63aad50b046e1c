// What kind is told: its configuration file and its environment. Pure.
import { stringify } from "yaml";
import type { EngineName, HostNeeds } from "../engine/choose.ts";

/** The label that kind puts on every container of a cluster. */
export const CLUSTER_LABEL = "io.x-k8s.kind.cluster";

/** What is alpha and the guard must deny all the same: updateStrategy Recreate of StatefulSets (Kubernetes 1.37). */
const FEATURE_GATES = { StatefulSetRecreateStrategy: true };

/** The one node's container; kind also labels the node's volume with it. */
export const nodeName = (cluster: string): string => `${cluster}-control-plane`;

/** kind's configuration: one node, and what the host needs of kubelet (none of it on cgroup v2 with all capabilities). */
export function kindConfig(image: string, needs: HostNeeds): string {
  const kubelet = {
    ...(needs.cgroupfs ? { cgroupDriver: "cgroupfs", failCgroupV1: false } : {}),
    ...(needs.restricted ? { oomScoreAdj: 0 } : {}),
  };
  const patch = stringify({ kind: "KubeletConfiguration", ...kubelet });
  return stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    featureGates: FEATURE_GATES,
    ...(Object.keys(kubelet).length === 0 ? {} : { kubeadmConfigPatches: [patch] }),
    nodes: [{ role: "control-plane", image }],
  });
}

/**
 * A network of the cluster's own instead of the shared one called `kind`: then `down` may remove it without asking
 * whose it is. kind calls the setting unsupported and warns; it changes the network's name and nothing else.
 */
export function networkEnv(engine: EngineName, cluster: string): Record<string, string> {
  return { [`KIND_EXPERIMENTAL_${engine.toUpperCase()}_NETWORK`]: cluster };
}

// kind's configuration file and environment. Pure.
import { stringify } from "yaml";
import type { EngineName, HostNeeds } from "../engine/choose.ts";
import { ADMISSION_FOLDER, CLUSTER_CONFIGURATION } from "./clientCertificate.ts";

/** The label that kind puts on every container of a cluster. */
export const CLUSTER_LABEL = "io.x-k8s.kind.cluster";

/** Alpha features that the guard must also handle: updateStrategy Recreate of StatefulSets (Kubernetes 1.37). */
const FEATURE_GATES = { StatefulSetRecreateStrategy: true };

/** The one node's container; kind also labels the node's volume with it. */
export const formatNodeName = (cluster: string): string => `${cluster}-control-plane`;

/**
 * kind's configuration: one node, and what the host needs of kubelet (none of it on cgroup v2 with all capabilities).
 * @param admission folder of the API server's client certificate (clientCertificate.ts) @default null: it shows none
 */
export function renderKindConfig(image: string, needs: HostNeeds, admission: string | null = null): string {
  const kubelet = {
    ...(needs.cgroupfs ? { cgroupDriver: "cgroupfs", failCgroupV1: false } : {}),
    ...(needs.restricted ? { oomScoreAdj: 0 } : {}),
  };
  const patches = [
    ...(Object.keys(kubelet).length === 0 ? [] : [{ kind: "KubeletConfiguration", ...kubelet }]),
    ...(admission === null ? [] : [CLUSTER_CONFIGURATION]),
  ].map((patch) => stringify(patch));
  const mounts = [{ hostPath: admission, containerPath: ADMISSION_FOLDER, readOnly: true }];
  return stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    featureGates: FEATURE_GATES,
    ...(patches.length === 0 ? {} : { kubeadmConfigPatches: patches }),
    nodes: [{ role: "control-plane", image, ...(admission === null ? {} : { extraMounts: mounts }) }],
  });
}

/**
 * A network of the cluster's own instead of the shared one called `kind`: then `down` may remove it without asking
 * whose it is. kind calls the setting unsupported and warns; it changes the network's name and nothing else.
 */
export function buildNetworkEnv(engine: EngineName, cluster: string): Record<string, string> {
  return { [`KIND_EXPERIMENTAL_${engine.toUpperCase()}_NETWORK`]: cluster };
}

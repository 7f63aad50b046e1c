// kind's configuration file and environment. Pure.
import { stringify } from "yaml";
import type { EngineName, HostNeeds } from "../engine/choose.ts";
import { DEFAULT_IMAGE_VOLUMES_MINOR, IMAGE_VOLUMES_MINOR, KUBERNETES_MINOR } from "../image/pins.ts";
import { ADMISSION_FOLDER, CLUSTER_CONFIGURATION } from "./clientCertificate.ts";

/** The label that kind puts on every container of a cluster. */
export const CLUSTER_LABEL = "io.x-k8s.kind.cluster";

/** Features that are off by default in a version, which Rollcall must also handle. */
const listFeatureGates = (minor: number): Readonly<Record<string, true>> => ({
  ...(minor >= IMAGE_VOLUMES_MINOR && minor < DEFAULT_IMAGE_VOLUMES_MINOR ? { ImageVolume: true } : {}),
  // updateStrategy.rollingUpdate.maxUnavailable
  ...(minor < 35 ? { MaxUnavailableStatefulSet: true } : {}),
  // updateStrategy Recreate
  ...(minor >= 37 ? { StatefulSetRecreateStrategy: true } : {}),
});

/** The container of the only node; kind also labels the node's volume with it. */
export const formatNodeName = (cluster: string): string => `${cluster}-control-plane`;

/**
 * kind's configuration: one node, and the kubelet settings that the host requires (none on cgroup v2 with all
 * capabilities).
 * @param admission folder of the API server's client certificate (clientCertificate.ts) @default null: no certificate
 * @param minor of Kubernetes
 */
export function renderKindConfig(
  image: string,
  needs: HostNeeds,
  admission: string | null = null,
  minor = KUBERNETES_MINOR,
): string {
  const kubelet = {
    // before 1.31 there was no such field, and cgroup v1 needed none
    ...(needs.cgroupfs ? { cgroupDriver: "cgroupfs", ...(minor >= 31 ? { failCgroupV1: false } : {}) } : {}),
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
    featureGates: listFeatureGates(minor),
    ...(patches.length === 0 ? {} : { kubeadmConfigPatches: patches }),
    nodes: [{ role: "control-plane", image, ...(admission === null ? {} : { extraMounts: mounts }) }],
  });
}

/**
 * Gives the cluster its own network instead of the shared one called `kind`, so that `down` may remove it. kind calls
 * the setting unsupported and warns, but it only changes the network's name.
 */
export function buildNetworkEnv(engine: EngineName, cluster: string): Record<string, string> {
  return { [`KIND_EXPERIMENTAL_${engine.toUpperCase()}_NETWORK`]: cluster };
}

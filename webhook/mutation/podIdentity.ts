// Identifies the pod of a StatefulSet. Only pods that the StatefulSet controller creates have a reliable ordinal, and
// name, owner and label must agree on it.

import { type Denial, deny } from "../denials/codes.ts";
import { POD_INDEX_LABEL, PROFILE_LABEL } from "../kubernetes/names.ts";
import type { Pod, PodIdentity } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import type { Profile } from "../profiles/profile.ts";

/** The limit of Kubernetes; a forged name may have millions of characters. */
const LONGEST_NAME = 253;

export interface IdentityRequest {
  pod: Pod;
  namespace: string;
  /** the user that creates the pod, from the review */
  username: string;
  /** names that the StatefulSet controller may have */
  controllerUsers: readonly string[];
}

/** Name and namespace of a pod for messages; a name that the API server is yet to generate is a prefix. */
export function formatPodName({ metadata: { name, generateName } }: Pod, namespace: string): string {
  return `${namespace}/${shorten(name ?? generateName ?? "(without a name)", LONGEST_NAME)}`;
}

/** A pod of any controller, for profiles that give no number. A generated name is not known yet. */
export const describeAnyPod = (pod: Pod, namespace: string): PodIdentity => ({
  namespace,
  statefulSet: "",
  pod: pod.metadata.name ?? pod.metadata.generateName ?? "",
  ordinal: 0,
  serviceName: pod.spec.subdomain ?? "",
});

/** The identity of a pod, or why it has none. */
export function identifyPod({
  pod,
  namespace,
  username,
  controllerUsers,
}: IdentityRequest): PodIdentity | Denial {
  const refuse = (why: string, remedy = ""): Denial =>
    deny(
      "not-a-statefulset-pod",
      `it has the label ${PROFILE_LABEL}, but ${why}, so it has no ordinal. ` +
        `Use a StatefulSet, or remove the label from the pod's template.${remedy}`,
    );

  const owner = (pod.metadata.ownerReferences ?? []).find(({ controller }) => controller === true);
  if (owner === undefined) return refuse("no controller (it is a bare pod, or restored from a backup)");
  if (owner.kind !== "StatefulSet" || !owner.apiVersion.startsWith("apps/")) {
    return refuse(
      `its controller is a ${shorten(owner.kind)} of ${shorten(owner.apiVersion)}, not a StatefulSet of apps`,
    );
  }
  if (!controllerUsers.includes(username)) {
    return refuse(
      `${shorten(username, LONGEST_NAME) || "an unknown user"} creates it, not the StatefulSet controller`,
      " If that is the StatefulSet controller's account in this cluster, a cluster admin adds it to ROLLCALL_CONTROLLER_USERS of the webhook.",
    );
  }
  return deriveIdentity(pod, owner.name, namespace);
}

function deriveIdentity(pod: Pod, owner: string, namespace: string): PodIdentity | Denial {
  const name = pod.metadata.name ?? "";
  const suffix = name.startsWith(`${owner}-`) ? name.slice(owner.length + 1) : "";
  if (!/^(0|[1-9][0-9]{0,8})$/.test(suffix)) {
    return deny(
      "ordinal-ambiguous",
      `its owner is StatefulSet ${shorten(owner, LONGEST_NAME)}, but its name is not ${shorten(owner, LONGEST_NAME)}-ORDINAL. ` +
        `Use the name that the StatefulSet controller gives it.`,
    );
  }
  const index = pod.metadata.labels?.[POD_INDEX_LABEL];
  if (index !== undefined && index !== suffix) {
    return deny(
      "ordinal-ambiguous",
      `its label ${POD_INDEX_LABEL} is ${shorten(index)}, but the ordinal in its name is ${suffix}. ` +
        `The StatefulSet controller sets both to the same number, so another webhook has changed one of them: exclude the pod from it.`,
    );
  }
  return {
    namespace,
    statefulSet: owner,
    pod: name,
    ordinal: Number(suffix),
    serviceName: pod.spec.subdomain ?? "",
  };
}

/** The value of the NodeID variable. */
export function formatNodeIdValue(
  { pod }: Pick<PodIdentity, "pod">,
  profile: Profile,
  nodeId: string,
): string {
  return profile.nodeId.value === "number" ? nodeId : pod;
}

/** The NodeID of a pod as text, or why it has none. */
export function computeNodeId(
  { pod, ordinal }: Pick<PodIdentity, "pod" | "ordinal">,
  profile: Profile,
): string | Denial {
  const { base, size, env, pool, shared } = profile.nodeId;
  if (shared === true) return String(base);
  const number = base + ordinal;
  if (profile.ring !== null && ordinal >= size) {
    return deny(
      "node-id-out-of-range",
      `pod ${pod} would be a member beyond maxReplicas ${size} of profile ${profile.name}, whose ordinals are 0..${size - 1}. ` +
        `Lower replicas or ordinals.start, or have a cluster admin raise maxReplicas and restart the members once before you scale.`,
    );
  }
  if (ordinal >= size) {
    const range = `${base}..${base + size - 1}${pool === null ? "" : ` of pool ${pool}`}`;
    return deny(
      "node-id-out-of-range",
      `pod ${pod} would get ${env} ${number}, but profile ${profile.name} allows ${range}: ordinals 0..${size - 1}. ` +
        `Lower replicas or ordinals.start, or have a cluster admin raise nodeID.max or nodeID.size in the profile.`,
    );
  }
  return String(number);
}

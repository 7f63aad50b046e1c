// Whose pod this is: only the StatefulSet controller's pods have an ordinal that means something, and it must
// be told alike by name, owner and label.

import { type Denial, deny } from "../denials/codes.ts";
import { POD_INDEX_LABEL, PROFILE_LABEL } from "../kubernetes/names.ts";
import type { Pod, PodIdentity } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import type { Profile } from "../profiles/profile.ts";

/** A name of Kubernetes has no more characters; one that is forged may have millions. */
const LONGEST_NAME = 253;

export interface IdentityRequest {
  pod: Pod;
  namespace: string;
  /** who creates the pod, as the API server tells it */
  username: string;
  /** the users that the StatefulSet controller may be */
  controllerUsers: readonly string[];
}

/** The member that a pod is, or why it is none. */
export function identifyPod({
  pod,
  namespace,
  username,
  controllerUsers,
}: IdentityRequest): PodIdentity | Denial {
  const refuse = (why: string): Denial => {
    const name = shorten(pod.metadata.name ?? pod.metadata.generateName ?? "(without a name)", LONGEST_NAME);
    return deny(
      "not-a-statefulset-pod",
      `pod ${namespace}/${name} carries the label ${PROFILE_LABEL}, but ${why}; without an ordinal there is no number. ` +
        `Use a StatefulSet, or take the label off this pod's template`,
    );
  };

  const owner = (pod.metadata.ownerReferences ?? []).find(({ controller }) => controller === true);
  if (owner === undefined) return refuse("nothing controls it (a bare pod, or one from a backup)");
  if (owner.kind !== "StatefulSet" || !owner.apiVersion.startsWith("apps/")) {
    return refuse(
      `a ${shorten(owner.kind)} of ${shorten(owner.apiVersion)} controls it, not a StatefulSet of apps`,
    );
  }
  if (!controllerUsers.includes(username)) {
    return refuse(
      `${shorten(username, LONGEST_NAME) || "an unknown user"} creates it, not the StatefulSet controller ` +
        `(where that has another name, the admin says so in ROLLCALL_CONTROLLER_USERS of the webhook)`,
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
      `pod ${namespace}/${shorten(name, LONGEST_NAME)} is owned by StatefulSet ${shorten(owner, LONGEST_NAME)}, but its name is not ${shorten(owner, LONGEST_NAME)}-ORDINAL`,
    );
  }
  const index = pod.metadata.labels?.[POD_INDEX_LABEL];
  if (index !== undefined && index !== suffix) {
    return deny(
      "ordinal-ambiguous",
      `pod ${namespace}/${name}: its label ${POD_INDEX_LABEL} says ${shorten(index)}, its name ${suffix}; ` +
        `the controller writes both alike, so another webhook has changed one of them`,
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

/** What the number's variable holds. */
export function formatNodeIdValue(
  { pod }: Pick<PodIdentity, "pod">,
  profile: Profile,
  nodeId: string,
): string {
  return profile.nodeId.value === "number" ? nodeId : pod;
}

/** The number of a member as text, or why it has none. */
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
      `pod ${pod} would be a member beyond maxReplicas ${size} of profile ${profile.name}, whose ordinals are 0..${size - 1}; ` +
        `lower replicas or ordinals.start, or have the cluster's admin raise maxReplicas and restart the members once before you scale`,
    );
  }
  if (ordinal >= size) {
    const range = `${base}..${base + size - 1}${pool === null ? "" : ` of pool ${pool}`}`;
    return deny(
      "node-id-out-of-range",
      `pod ${pod} would get ${env} ${number}, but profile ${profile.name} allows ${range}: ordinals 0..${size - 1}; ` +
        `lower replicas or ordinals.start, or give the profile's nodeID more room (max, size)`,
    );
  }
  return String(number);
}

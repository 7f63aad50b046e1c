// Whose pod this is: only the StatefulSet controller's pods have an ordinal that means something, and it must
// be told alike by name, owner and label (DESIGN: numbering).
import { type Denial, deny } from "../denials/codes.ts";
import { POD_INDEX_LABEL, PROFILE_LABEL } from "../kubernetes/names.ts";
import type { Pod } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";

/** A name of Kubernetes has no more characters; one that is forged may have millions. */
const LONGEST_NAME = 253;

export interface Member {
  namespace: string;
  statefulSet: string;
  pod: string;
  ordinal: number;
  /** the headless Service, which the controller writes into the pod's subdomain */
  serviceName: string;
}

export interface Asked {
  pod: Pod;
  namespace: string;
  /** who creates the pod, as the API server tells it */
  username: string;
  /** the users that the StatefulSet controller may be */
  controllerUsers: readonly string[];
}

/** The member that a pod is, or why it is none. */
export function identify({ pod, namespace, username, controllerUsers }: Asked): Member | Denial {
  const name = shorten(pod.metadata.name ?? pod.metadata.generateName ?? "(without a name)", LONGEST_NAME);
  const refuse = (why: string): Denial =>
    deny(
      "not-a-statefulset-pod",
      `pod ${namespace}/${name} carries the label ${PROFILE_LABEL}, but ${why}; without an ordinal there is no number. ` +
        `Use a StatefulSet, or take the label off this pod's template`,
    );

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
  return memberOf(pod, owner.name, namespace);
}

function memberOf(pod: Pod, owner: string, namespace: string): Member | Denial {
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

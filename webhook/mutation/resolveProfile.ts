// Which profile an object has picked, if it may.

import { type Denial, deny } from "../denials/codes.ts";
import { shorten } from "../kubernetes/shorten.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";

/** The profile of a name for a namespace, or why not. */
export function choose(name: string, namespace: string, profiles: Profiles | null): Profile | Denial {
  if (profiles === null) {
    return deny(
      "profiles-not-loaded",
      "the webhook has not been able to list RollcallProfiles yet; its log says why: kubectl -n rollcall-system logs deployment/rollcall",
    );
  }
  const rejection = profiles.getRejection(name);
  if (rejection !== undefined) {
    return deny(
      "profile-not-active",
      `profile ${name} is not active (${rejection.reason}), so its workloads are denied. The cluster's admin can correct it: ` +
        `kubectl describe rcp ${name}\n${rejection.message}`,
    );
  }
  const profile = profiles.get(name);
  if (profile === undefined) {
    // others' profiles and namespaces are none of a tenant's business
    const mine = [...profiles.values()].filter((each) => allowsNamespace(each, namespace));
    const known = mine.map((each) => each.name).sort();
    return deny(
      "profile-not-found",
      `there is no profile ${JSON.stringify(shorten(name))}; namespace ${namespace} may use: ${known.join(", ") || "none"} (kubectl get rcp)`,
    );
  }
  if (!allowsNamespace(profile, namespace)) {
    return deny(
      "profile-not-allowed",
      `profile ${name} may not be used in namespace ${namespace}; the cluster's admin can add it to spec.namespaces: ` +
        `kubectl edit rcp ${name}`,
    );
  }
  return profile;
}

/** Whether workloads of a namespace may use a profile. */
export const allowsNamespace = ({ namespaces }: Pick<Profile, "namespaces">, namespace: string): boolean =>
  namespaces.some((each) => each === "*" || each === namespace);

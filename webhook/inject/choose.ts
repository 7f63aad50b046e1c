// Which profile an object has picked, if it may.
import type { Profile, Profiles } from "../profiles/profile.ts";
import { type Denial, deny } from "./codes.ts";
import { shorten } from "./shorten.ts";

/** The profile of a name for a namespace, or why not. */
export function choose(name: string, namespace: string, profiles: Profiles | null): Profile | Denial {
  if (profiles === null) {
    return deny(
      "no-profiles",
      "the webhook has not been able to load profiles yet: its log says why (ConfigMap rollcall-profiles, key profiles.yaml)",
    );
  }
  const profile = profiles.get(name);
  if (profile === undefined) {
    // others' profiles and namespaces are none of a tenant's business
    const mine = [...profiles.values()].filter((each) => allowsNamespace(each, namespace));
    const known = mine.map((each) => each.name).sort();
    return deny(
      "profile-unknown",
      `there is no profile ${JSON.stringify(shorten(name))}; this namespace may use: ${known.join(", ") || "none"} (ConfigMap rollcall-profiles)`,
    );
  }
  if (!allowsNamespace(profile, namespace)) {
    return deny(
      "profile-not-allowed",
      `profile ${name} may not be used in namespace ${namespace}; the cluster's admin can add it to the profile's namespaces ` +
        `(ConfigMap rollcall-profiles)`,
    );
  }
  return profile;
}

/** Whether workloads of a namespace may use a profile. */
export const allowsNamespace = ({ namespaces }: Pick<Profile, "namespaces">, namespace: string): boolean =>
  namespaces.some((each) => each === "*" || each === namespace);

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
    const known = [...profiles.keys()].sort().join(", ") || "none";
    return deny(
      "profile-unknown",
      `there is no profile ${JSON.stringify(shorten(name))}; there are: ${known} (ConfigMap rollcall-profiles)`,
    );
  }
  if (!profile.namespaces.some((each) => each === "*" || each === namespace)) {
    return deny(
      "profile-not-allowed",
      `profile ${name} may not be used in namespace ${namespace}, only in ${profile.namespaces.join(", ")}; ` +
        `the cluster's admin can add it to the profile's namespaces (ConfigMap rollcall-profiles)`,
    );
  }
  return profile;
}

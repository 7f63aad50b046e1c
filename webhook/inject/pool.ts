// Pools: a name, cluster-wide, under which no two StatefulSets have a number in common (DESIGN: numbering).
import type { Profile, Profiles } from "../profiles/profile.ts";
import { meet } from "../profiles/range.ts";
import { type Denial, deny } from "./codes.ts";

/** A StatefulSet as it stands in the cluster, as far as pools are concerned. */
export interface LiveSet {
  namespace: string;
  name: string;
  /** the profile that its pod template picks */
  profile: string;
}

/**
 * Why a StatefulSet may not have its numbers: another one that lives has some of them.
 * @param others all labelled StatefulSets; the one that asks may be among them
 */
export function poolTaken(
  mine: { namespace: string; name: string; profile: Profile },
  others: readonly LiveSet[],
  profiles: Profiles,
): Denial | null {
  const { profile, namespace, name } = mine;
  const strangers = others.filter((other) => other.namespace !== namespace || other.name !== name);
  const unknown = strangers.find((other) => !profiles.has(other.profile));
  if (unknown !== undefined) {
    return deny(
      "pool-unknown",
      `StatefulSet ${unknown.namespace}/${unknown.name} has profile ${unknown.profile}, which does not exist (any more), so whether it has ` +
        `numbers of pool ${profile.nodeId.pool} is not known; give it a profile that exists, or bring that one back`,
    );
  }
  const taken = strangers.find((other) => {
    const theirs = profiles.get(other.profile);
    return theirs !== undefined && meet(profile.nodeId, theirs.nodeId);
  });
  if (taken === undefined) return null;
  const { base, size, pool } = profile.nodeId;
  return deny(
    "pool-taken",
    `StatefulSet ${taken.namespace}/${taken.name} (profile ${taken.profile}) has numbers of ${base}..${base + size - 1} in pool ${pool} already; ` +
      `two sets in one pool need two profiles, each with a base and a size of its own`,
  );
}

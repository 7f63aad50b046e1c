// Pools: in a pool, which is cluster-wide, no two StatefulSets may have a number in common.

import { type Denial, deny } from "../denials/codes.ts";
import { allowsNamespace } from "../mutation/decidePod.ts";
import type { Sibling } from "../profiles/presetPods.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { overlaps } from "../profiles/range.ts";

/** A StatefulSet in the cluster, with what pools need. */
export interface LiveSet {
  namespace: string;
  name: string;
  /** the profile that its pod template names */
  profile: string;
  /** RFC 3339, to the second; empty if the StatefulSet is deleted and only pods are left, which sorts before all others */
  createdAt: string;
  /** a pod that still exists although the StatefulSet is deleted */
  leftPod?: string;
}

interface PoolClaimant {
  namespace: string;
  name: string;
  profile: Profile;
}

/**
 * The denial if another StatefulSet has some of the claimant's numbers, or null.
 * @param others all labelled StatefulSets, possibly with the claimant
 */
export function findPoolConflict(
  claimant: PoolClaimant,
  others: readonly LiveSet[],
  profiles: Profiles,
): Denial | null {
  return findClaimant(
    claimant.profile,
    others.filter((other) => !isSame(claimant, other)),
    profiles,
  );
}

/**
 * The denial if an older StatefulSet has some of the numbers of a pod's StatefulSet, or null. Two that are created at the
 * same moment are both admitted, because neither is stored when the other one is validated. Their pods come later, and
 * only those of the older one are admitted.
 */
export function findOlderPoolConflict(
  claimant: PoolClaimant,
  others: readonly LiveSet[],
  profiles: Profiles,
): Denial | null {
  const stored = others.find((other) => isSame(claimant, other));
  // deleted meanwhile, and its pods with it
  if (stored === undefined) return null;
  return findClaimant(
    claimant.profile,
    others.filter((other) => isBefore(other, stored)),
    profiles,
  );
}

const isSame = (one: { namespace: string; name: string }, other: LiveSet): boolean =>
  one.namespace === other.namespace && one.name === other.name;

/** Within the same second, names decide, so that both comparisons agree. */
function isBefore(one: LiveSet, other: LiveSet): boolean {
  const [a, b] = [one, other].map(({ createdAt, namespace, name }) => `${createdAt} ${namespace}/${name}`);
  return a !== undefined && b !== undefined && a < b;
}

/** The other StatefulSets with numbers of the same pool. */
export function listSiblings(
  claimant: PoolClaimant,
  others: readonly LiveSet[],
  profiles: Profiles,
): Sibling[] {
  return others.flatMap((other) => {
    const theirs = profiles.get(other.profile);
    if (
      isSame(claimant, other) ||
      theirs === undefined ||
      theirs.nodeId.pool !== claimant.profile.nodeId.pool
    )
      return [];
    const { namespace, name } = other;
    return [{ namespace, name, profileName: theirs.name, pods: theirs.pods }];
  });
}

function findClaimant(profile: Profile, others: readonly LiveSet[], profiles: Profiles): Denial | null {
  const taken = others.find((other) => {
    const theirs = profiles.get(other.profile);
    // without an existing profile that allows the namespace a label does not count: its pods get no number, and any tenant
    // can write it
    if (theirs === undefined || !allowsNamespace(theirs, other.namespace)) return false;
    return overlaps(profile.nodeId, theirs.nodeId);
  });
  if (taken === undefined) return null;
  const { base, size, pool } = profile.nodeId;
  return deny(
    "pool-conflict",
    `${describeOwner(taken)} (profile ${taken.profile}) has numbers of ${base}..${base + size - 1} in pool ${pool}. ${describeRemedy(taken)}`,
  );
}

function describeRemedy({ namespace, leftPod }: LiveSet): string {
  return leftPod === undefined
    ? "Use a profile for each StatefulSet of the pool, each with its own range (base and size)."
    : "Wait until all its pods are gone, or delete them.\n" +
        `Deletes the pod:\n  kubectl -n ${namespace} delete pod ${leftPod}`;
}

const describeOwner = ({ namespace, name, leftPod }: LiveSet): string =>
  leftPod === undefined
    ? `StatefulSet ${namespace}/${name}`
    : `pod ${namespace}/${leftPod} of the deleted StatefulSet ${name}`;

/** Lists all labelled StatefulSets; called only if a pool is concerned. Rejects if they cannot be listed. */
export type LiveSets = () => Promise<readonly LiveSet[]>;

/** Evaluates a pool's rule on all labelled StatefulSets; it is a denial, too, if they cannot be listed. */
export async function queryPool(
  claimant: PoolClaimant,
  { profiles }: { profiles: Profiles | null },
  liveSets: LiveSets,
  findConflict: typeof findPoolConflict,
): Promise<Denial | null> {
  const { pool } = claimant.profile.nodeId;
  if (pool === null || profiles === null) return null;
  try {
    return findConflict(claimant, await liveSets(), profiles);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return deny(
      "pool-unknown",
      `cannot list the StatefulSets of pool ${pool} (${why}), so whether their numbers overlap is unknown. Retry.`,
    );
  }
}

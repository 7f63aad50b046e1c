// Pools: a name, cluster-wide, under which no two StatefulSets have a number in common.

import { type Denial, deny } from "../denials/codes.ts";
import { allowsNamespace } from "../mutation/decidePod.ts";
import type { Sibling } from "../profiles/presetPods.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { overlaps } from "../profiles/range.ts";

/** A StatefulSet as it stands in the cluster, as far as pools are concerned. */
export interface LiveSet {
  namespace: string;
  name: string;
  /** the profile that its pod template picks */
  profile: string;
  /** RFC 3339, to the second, as the API server gives it; empty where the set is gone, which is before all others */
  createdAt: string;
  /** a pod of it that is still there although the set is not */
  leftPod?: string;
}

interface PoolClaimant {
  namespace: string;
  name: string;
  profile: Profile;
}

/**
 * Why a StatefulSet may not have its numbers: another one that lives has some of them.
 * @param others all labelled StatefulSets; the one that asks may be among them
 */
export function findPoolConflict(
  mine: PoolClaimant,
  others: readonly LiveSet[],
  profiles: Profiles,
): Denial | null {
  return findClaimant(
    mine.profile,
    others.filter((other) => !isSame(mine, other)),
    profiles,
  );
}

/**
 * Why a pod may not have its number: two StatefulSets that were created at the same moment were both admitted, since
 * neither was stored when the other was asked about. The pods come later, and those of the older set win.
 */
export function findOlderPoolConflict(
  mine: PoolClaimant,
  others: readonly LiveSet[],
  profiles: Profiles,
): Denial | null {
  const me = others.find((other) => isSame(mine, other));
  // gone already: its pods go, too
  if (me === undefined) return null;
  return findClaimant(
    mine.profile,
    others.filter((other) => isBefore(other, me)),
    profiles,
  );
}

const isSame = (one: { namespace: string; name: string }, other: LiveSet): boolean =>
  one.namespace === other.namespace && one.name === other.name;

/** Within one second names decide: whichever, but the same for both. */
function isBefore(one: LiveSet, other: LiveSet): boolean {
  const [a, b] = [one, other].map(({ createdAt, namespace, name }) => `${createdAt} ${namespace}/${name}`);
  return a !== undefined && b !== undefined && a < b;
}

/** The sets that live now with numbers of the same pool, but for the one that asks. */
export function listSiblings(mine: PoolClaimant, others: readonly LiveSet[], profiles: Profiles): Sibling[] {
  return others.flatMap((other) => {
    const theirs = profiles.get(other.profile);
    if (isSame(mine, other) || theirs === undefined || theirs.nodeId.pool !== mine.profile.nodeId.pool)
      return [];
    const { namespace, name } = other;
    return [{ namespace, name, profileName: theirs.name, pods: theirs.pods }];
  });
}

function findClaimant(profile: Profile, others: readonly LiveSet[], profiles: Profiles): Denial | null {
  const taken = others.find((other) => {
    const theirs = profiles.get(other.profile);
    // a label says nothing where the profile does not exist, or does not allow that namespace: no pod gets a number by it,
    // and any tenant may write it
    if (theirs === undefined || !allowsNamespace(theirs, other.namespace)) return false;
    return overlaps(profile.nodeId, theirs.nodeId);
  });
  if (taken === undefined) return null;
  const { base, size, pool } = profile.nodeId;
  return deny(
    "pool-conflict",
    `${shown(taken)} (profile ${taken.profile}) has numbers of ${base}..${base + size - 1} in pool ${pool} already; ${howToFree(taken)}`,
  );
}

function howToFree({ namespace, leftPod }: LiveSet): string {
  return leftPod === undefined
    ? "two sets in one pool need two profiles, each with a base and a size of its own"
    : `wait until all pods of that set are gone, or delete them: kubectl -n ${namespace} delete pod ${leftPod}`;
}

const shown = ({ namespace, name, leftPod }: LiveSet): string =>
  leftPod === undefined
    ? `StatefulSet ${namespace}/${name}`
    : `pod ${namespace}/${leftPod}, left by StatefulSet ${name}, which is gone,`;

/** The labelled StatefulSets that live now; asked only where a pool is concerned. Rejects where it cannot be known. */
export type LiveSets = () => Promise<readonly LiveSet[]>;

/** Asks `judge` about the sets that live now; that they cannot be listed is a denial, too. */
export async function queryPool(
  mine: PoolClaimant,
  { profiles }: { profiles: Profiles | null },
  liveSets: LiveSets,
  judge: typeof findPoolConflict,
): Promise<Denial | null> {
  const { pool } = mine.profile.nodeId;
  if (pool === null || profiles === null) return null;
  try {
    return judge(mine, await liveSets(), profiles);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return deny(
      "pool-unknown",
      `the StatefulSets of pool ${pool} could not be listed (${why}), so whether their numbers meet is not known; try again`,
    );
  }
}

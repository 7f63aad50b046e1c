// What `rollcall check` assumes without a cluster, in words that several rules share.
import type { LivePod, OfflineFacts } from "./evidence.ts";
import { formatPods } from "./messages.ts";
import { countOrdinals, listFromHighest } from "./ordinals.ts";
import { listRemovedPods } from "./removedPods.ts";
import { getTargetSet, type ScaleDownReview } from "./rule.ts";

/** The most pods that are listed: spec.replicas may be 2^31 - 1. */
export const MOST_PODS = 10_000;

/** Pods that would be removed, each in a state to which no rule objects, highest ordinal first. */
export function buildGoodPods(review: ScaleDownReview): LivePod[] {
  const { name, set } = getTargetSet(review);
  const { serviceAccountName } = set.spec.template.spec;
  return listFromHighest(review.removed, MOST_PODS).map((ordinal) => ({
    name: `${name}-${ordinal}`,
    ordinal,
    uid: `${name}-${ordinal}`,
    running: true,
    ip: null,
    serviceAccount: typeof serviceAccountName === "string" ? serviceAccountName : "default",
    leaves: true,
  }));
}

/** A sentence about the pods that would be removed; none if there are none. */
export function assumeForRemovedPods(
  review: ScaleDownReview,
  { ring }: OfflineFacts,
  say: (pods: string, isOne: boolean) => string,
): string[] {
  const names = listRemovedPods(review, buildGoodPods(review), ring).map(({ name }) => name);
  return names.length === 0 ? [] : [say(short(names), names.length === 1)];
}

function short(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

export const assumeRights = (pods: string): string =>
  `the service account of ${pods} has the permissions of ClusterRole rollcall-member`;

/** A pod that drains writes the record with its own service account. None if no pod would be removed. */
export function assumeDrained(review: ScaleDownReview): string[] {
  if (review.removed.length === 0) return [];
  const isOne = countOrdinals(review.removed) === 1;
  const pods = formatPods(review);
  return [
    `${pods} ${isOne ? "has drained and was" : "have drained and were"} not recreated since`,
    assumeRights(pods),
  ];
}

/** "shop/web". */
export function formatFullName(review: ScaleDownReview): string {
  const { namespace, name } = getTargetSet(review);
  return `${namespace}/${name}`;
}

// What `rollcall check` assumes without a cluster, in words that several rules share.
import type { LivePod, Offline } from "./evidence.ts";
import { podsOf } from "./messages.ts";
import { countOf, fromHighest } from "./ordinals.ts";
import { goingPods } from "./removedPods.ts";
import { type Case, subjectOf } from "./rule.ts";

/** The most pods that are listed: spec.replicas may be 2^31 - 1. */
export const MOST_PODS = 10_000;

/** Pods that would be removed, each in a state to which no rule objects, highest ordinal first. */
export function goodPods(asked: Case): LivePod[] {
  const { name, set } = subjectOf(asked);
  const { serviceAccountName } = set.spec.template.spec;
  return fromHighest(asked.removed, MOST_PODS).map((ordinal) => ({
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
export function assumeOfGoing(
  asked: Case,
  { ring }: Offline,
  say: (pods: string, isOne: boolean) => string,
): string[] {
  const names = goingPods(asked, goodPods(asked), ring).map(({ name }) => name);
  return names.length === 0 ? [] : [say(short(names), names.length === 1)];
}

function short(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

export const assumeRights = (pods: string): string =>
  `the service account of ${pods} has the permissions of ClusterRole rollcall-member`;

/** A pod that drains writes the record with its own service account. */
export function assumeDrained(asked: Case): string[] {
  const isOne = countOf(asked.removed) === 1;
  const pods = podsOf(asked);
  return [
    `${pods} ${isOne ? "has drained and was" : "have drained and were"} not recreated since`,
    assumeRights(pods),
  ];
}

/** "shop/web". */
export function fullName(asked: Case): string {
  const { namespace, name } = subjectOf(asked);
  return `${namespace}/${name}`;
}

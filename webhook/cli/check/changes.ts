// The changes that `rollcall check` reviews: StatefulSets before and after, matched by namespace and name.

import type { StatefulSet } from "../../kubernetes/objects.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import type { ReadDocument } from "../documents.ts";
import { BadInput } from "../ending.ts";
import { isStatefulSet, readWorkload, type Workload } from "../workload.ts";

/** The change to the StatefulSets of --from. */
export type RequestedChange = { to: readonly ReadDocument[] } | { replicas: number } | { delete: true };

/** StatefulSets by namespace and name. */
type WorkloadsByKey = ReadonlyMap<string, Workload>;

/** The StatefulSets of documents, labelled or not. @throws BadInput if one is repeated */
export function indexWorkloads(documents: readonly ReadDocument[], fallback: string): WorkloadsByKey {
  const sets = new Map<string, Workload>();
  for (const document of documents.filter(isStatefulSet)) {
    const workload = readWorkload(document, fallback);
    const key = buildSetKey(workload);
    if (sets.has(key)) throw new BadInput(`${document.place}: a second StatefulSet ${key}`);
    sets.set(key, workload);
  }
  return sets;
}

export const buildSetKey = ({ namespace, set }: Workload): string => `${namespace}/${set.metadata.name}`;

/** @returns one review for each StatefulSet, sorted by namespace and name, and the StatefulSets after the change */
export function buildSetReviews(
  before: WorkloadsByKey,
  request: RequestedChange,
  fallback: string,
): { reviews: SetReview[]; after: WorkloadsByKey } {
  const after = applyRequestedChange(before, request, fallback);
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted(compareKeys);
  const reviews = keys.map((key) => {
    const [old, set] = [before.get(key)?.set ?? null, after.get(key)?.set ?? null];
    const [namespace = "", name = ""] = key.split("/");
    const operation = old === null ? "CREATE" : set === null ? "DELETE" : "UPDATE";
    return { operation, namespace, name, set, old } as const;
  });
  return { reviews, after };
}

function applyRequestedChange(
  before: WorkloadsByKey,
  request: RequestedChange,
  fallback: string,
): WorkloadsByKey {
  if ("delete" in request) return new Map();
  if ("to" in request) return indexWorkloads(request.to, fallback);
  const { replicas } = request;
  return new Map(
    [...before].map(([key, workload]) => [key, { ...workload, set: withReplicas(workload.set, replicas) }]),
  );
}

const withReplicas = (set: StatefulSet, replicas: number): StatefulSet => ({
  ...set,
  spec: { ...set.spec, replicas },
});

/** By namespace, then by name: "a/z" before "a-b/c", unlike a comparison of the whole text. */
function compareKeys(one: string, other: string): number {
  const [a, b] = [one.replace("/", "\0"), other.replace("/", "\0")];
  return a < b ? -1 : a > b ? 1 : 0;
}

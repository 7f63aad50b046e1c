// What `rollcall check` is asked about: the StatefulSets of two states of the files, matched by namespace and name.

import type { StatefulSet } from "../../kubernetes/objects.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import type { ReadDocument } from "../documents.ts";
import { BadInput } from "../ending.ts";
import { isStatefulSet, readWorkload, type Workload } from "../workload.ts";

/** What becomes of the sets of --from. */
export type RequestedChange = { to: readonly ReadDocument[] } | { replicas: number } | { delete: true };

/** A state of the files: StatefulSets by namespace and name. */
type WorkloadsByKey = ReadonlyMap<string, Workload>;

/** The StatefulSets of documents, labelled or not; a name that is there twice is bad input. */
export function indexWorkloads(documents: readonly ReadDocument[], fallback: string): WorkloadsByKey {
  const sets = new Map<string, Workload>();
  for (const document of documents.filter(isStatefulSet)) {
    const workload = readWorkload(document, fallback);
    const key = buildSetKey(workload);
    if (sets.has(key)) throw new BadInput(`${document.place}: StatefulSet ${key} is there twice`);
    sets.set(key, workload);
  }
  return sets;
}

export const buildSetKey = ({ namespace, set }: Workload): string => `${namespace}/${set.metadata.name}`;

/** One review for each StatefulSet, sorted by namespace and name; the sets as they would be, by the same key. */
export function buildSetReviews(
  before: WorkloadsByKey,
  request: RequestedChange,
  fallback: string,
): { reviews: SetReview[]; after: WorkloadsByKey } {
  const after = applyRequestedChange(before, request, fallback);
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted(byParts);
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

/** By namespace, then by name: "a/z" before "a-b/c", which plain text has the other way round. */
function byParts(one: string, other: string): number {
  const [a, b] = [one.replace("/", "\0"), other.replace("/", "\0")];
  return a < b ? -1 : a > b ? 1 : 0;
}

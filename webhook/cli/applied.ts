// Reviews the creation of a StatefulSet offline, with the same functions as the server.
import { type AdmissionAnswer, mergeAnswers } from "../admission/answer.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { computeRevisionName, NO_UID, readOrdinals } from "../kubernetes/statefulSetPods.ts";
import type { ActiveConfig } from "../mutation/decidePod.ts";
import { readSetChange } from "../scaleDown/change.ts";
import type { LiveSet } from "../validation/numberPool.ts";
import { validateStatefulSet } from "../validation/validateStatefulSet.ts";
import { guardOffline } from "./guardOffline.ts";
import type { Workload } from "./workload.ts";

/**
 * Validates the StatefulSet, then asks the guard.
 * @param before earlier StatefulSets of the same files, which stand for those that exist in the cluster
 */
export async function reviewOffline(
  workload: Workload,
  before: readonly Workload[],
  config: ActiveConfig,
): Promise<AdmissionAnswer> {
  const { namespace, set } = workload;
  const review = { operation: "CREATE", namespace, name: set.metadata.name, set, old: null } as const;
  const atApply = await validateStatefulSet(review, config, {
    liveSets: () => Promise.resolve(before.map(toLiveSet)),
    budgets: null,
    rights: null,
    pauseBeforeRetry: null,
  });
  const read = readSetChange(review);
  if (!atApply.allowed || !("change" in read)) return atApply;
  const { guarded } = await guardOffline(read.change, {
    force: config,
    ring: null,
    service: null,
    now: () => new Date(),
  });
  return mergeAnswers(guarded.answer, atApply);
}

/** A workload as if it existed in a cluster. readWorkloads returns only labelled ones. */
export function toLiveSet({ set, namespace }: Workload): LiveSet {
  const profile = set.spec.template.metadata?.labels?.[PROFILE_LABEL] ?? "";
  // not stored yet, so without a creation time: the order in the files decides, as it does for kubectl apply
  return { namespace, name: set.metadata.name, profile, createdAt: "" };
}

/** A StatefulSet as the API server returns it once its controller has rolled it out. */
export function buildStoredSet({ set, object, namespace }: Workload): Readonly<Record<string, unknown>> {
  const { replicas } = readOrdinals(set);
  const revision = computeRevisionName(set);
  return {
    ...object,
    metadata: {
      ...set.metadata,
      namespace,
      uid: set.metadata.uid ?? NO_UID,
      generation: 1,
      resourceVersion: "1",
    },
    spec: { ...set.spec, replicas },
    status: { observedGeneration: 1, replicas, currentRevision: revision, updateRevision: revision },
  };
}

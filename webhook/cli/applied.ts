// What the person who applies a StatefulSet would be told, from files alone: the same function as the server's.
import { type Answer, together } from "../admission/answer.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { NO_UID, ordinalsOf, revisionOf } from "../kubernetes/statefulSetPods.ts";
import type { InForce } from "../mutation/decidePod.ts";
import { changeOfSet } from "../scaleDown/change.ts";
import { answerAtApply } from "../validation/answerAtApply.ts";
import type { LiveSet } from "../validation/numberPool.ts";
import { guardOffline } from "./guardOffline.ts";
import type { Workload } from "./workload.ts";

/**
 * The answer at apply, and where that has nothing against it the guard's.
 * @param before the sets of the same files that come first: they stand for those that live in a cluster
 */
export async function answerOffline(
  workload: Workload,
  before: readonly Workload[],
  force: InForce,
): Promise<Answer> {
  const { namespace, set } = workload;
  const review = { operation: "CREATE", namespace, name: set.metadata.name, set, old: null } as const;
  const atApply = await answerAtApply(review, force, {
    liveSets: () => Promise.resolve(before.map(liveSetOf)),
    budgets: null,
  });
  const read = changeOfSet(review);
  if (!atApply.allowed || !("change" in read)) return atApply;
  const { guarded } = await guardOffline(read.change, {
    force,
    ring: null,
    service: null,
    now: () => new Date(),
  });
  return together(guarded.answer, atApply);
}

/** A workload as it would stand in a cluster; readWorkloads gives labelled ones only. */
export function liveSetOf({ set, namespace }: Workload): LiveSet {
  const profile = set.spec.template.metadata?.labels?.[PROFILE_LABEL] ?? "";
  // what is not stored yet was created by nobody: the order in the file decides, which apply keeps to
  return { namespace, name: set.metadata.name, profile, createdAt: "" };
}

/** A StatefulSet as an API server would show it, its controller having seen it and rolled it out. */
export function storedSetOf({ set, object, namespace }: Workload): Readonly<Record<string, unknown>> {
  const { replicas } = ordinalsOf(set);
  const revision = revisionOf(set);
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

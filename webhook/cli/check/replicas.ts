// StatefulSets whose files omit spec.replicas because an autoscaler or a person sets it: only a cluster knows the number
// (kubernetes/kubernetes#25238). The API server's default of 1 applies to new StatefulSets only.

import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import type { StatefulSet } from "../../kubernetes/objects.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import { formatKubectlIn } from "../../scaleDown/commands.ts";

export interface ReplicasGap {
  /** the change if it removes no pods */
  readonly kept: SetReview;
  /** a change by the same files that removes pods; null: not possible */
  readonly drop: SetReview | null;
  readonly assumption: string;
  /** why it is unknown whether pods are removed, and what to do */
  readonly unknown: string;
}

/** What is unknown because a file omits spec.replicas; null: nothing, or the StatefulSet is not labelled. */
export function findReplicasGap(review: SetReview): ReplicasGap | null {
  const { set, old } = review;
  // a new StatefulSet gets the default of 1
  if (old === null || !isLabelled(review)) return null;
  if (set === null) return hasReplicas(old) ? null : describeDeletion(review);
  if (hasReplicas(old)) return hasReplicas(set) ? null : describeMissingInNew(review, old, set);
  return hasReplicas(set) ? describeMissingInOld(review, old, set) : describeMissingInBoth(review);
}

const hasReplicas = ({ spec }: StatefulSet): boolean => typeof spec.replicas === "number";

const isLabelled = ({ set, old }: SetReview): boolean =>
  [set, old].some((each) => each?.spec.template.metadata?.labels?.[PROFILE_LABEL] !== undefined);

const describeDeletion = (review: SetReview): ReplicasGap => ({
  kept: review,
  drop: null,
  assumption: `${formatReviewName(review)} has 1 replica: --from omits spec.replicas`,
  unknown: "",
});

const describeMissingInBoth = (review: SetReview): ReplicasGap => ({
  kept: review,
  drop: null,
  assumption: `${formatReviewName(review)} keeps its replicas: both files omit spec.replicas`,
  unknown: "",
});

function describeMissingInOld(review: SetReview, old: StatefulSet, set: StatefulSet): ReplicasGap {
  const replicas = set.spec.replicas ?? 1;
  const more = replicas + 1;
  return {
    // with the default of 1 the change is a scale-up, which is validated as well
    kept: replicas === 0 ? { ...review, old: withReplicaCount(old, 0) } : review,
    drop: { ...review, old: withReplicaCount(old, more) },
    assumption: `${formatReviewName(review)} has at most ${replicas} replicas: --from omits spec.replicas`,
    unknown:
      `--from omits spec.replicas, so it is unknown whether pods are removed: of ${more} or more replicas some would be, and they are protected. ` +
      `Use the StatefulSet from the cluster:\n  ${formatGetCommand(review)}`,
  };
}

function describeMissingInNew(review: SetReview, old: StatefulSet, set: StatefulSet): ReplicasGap {
  const replicas = old.spec.replicas ?? 1;
  return {
    kept: { ...review, set: withReplicaCount(set, replicas) },
    drop: replicas > 1 ? { ...review, set: withReplicaCount(set, 1) } : null,
    assumption: `${formatReviewName(review)} keeps its ${replicas} ${replicas === 1 ? "replica" : "replicas"}: --to omits spec.replicas`,
    unknown:
      `--to omits spec.replicas, so it is unknown whether pods are removed: kubectl apply sets it to 1 if an earlier applied file had the field, ` +
      `--server-side keeps it if another field manager owns it, and pods are protected. Keep spec.replicas in the file until ` +
      `another field manager owns it:\n  ${formatGetCommand(review)} --show-managed-fields`,
  };
}

const withReplicaCount = (set: StatefulSet, replicas: number): StatefulSet => ({
  ...set,
  spec: { ...set.spec, replicas },
});

const formatReviewName = ({ namespace, name }: SetReview): string => `StatefulSet ${namespace}/${name}`;

const formatGetCommand = ({ namespace, name }: SetReview): string =>
  formatKubectlIn(namespace, "get", "statefulset", name, "-o", "yaml");

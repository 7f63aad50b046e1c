// StatefulSets whose files leave spec.replicas out, for an autoscaler or a person: how many there are only a cluster can
// tell (kubernetes/kubernetes#25238), and 1, which the API server takes for a new one, is a number that nobody wrote.

import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import type { StatefulSet } from "../../kubernetes/objects.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import { formatKubectlIn } from "../../scaleDown/commands.ts";

export interface ReplicasGap {
  /** the change where no pod goes for it */
  readonly kept: SetReview;
  /** a change that the same files may make, by which pods go; null: there is none */
  readonly drop: SetReview | null;
  readonly assumption: string;
  /** why it is not known whether pods go, and what to do */
  readonly unknown: string;
}

/** What is not known of a change since a file leaves spec.replicas out; null: all is, or it is no set of ours. */
export function findReplicasGap(review: SetReview): ReplicasGap | null {
  const { set, old } = review;
  // a new set gets 1, whoever changes that later
  if (old === null || !isOurs(review)) return null;
  if (set === null) return isWritten(old) ? null : ofDeletion(review);
  if (isWritten(old)) return isWritten(set) ? null : ofNew(review, old, set);
  return isWritten(set) ? ofOld(review, old, set) : ofBoth(review);
}

const isWritten = ({ spec }: StatefulSet): boolean => typeof spec.replicas === "number";

const isOurs = ({ set, old }: SetReview): boolean =>
  [set, old].some((each) => each?.spec.template.metadata?.labels?.[PROFILE_LABEL] !== undefined);

const ofDeletion = (review: SetReview): ReplicasGap => ({
  kept: review,
  drop: null,
  assumption: `${formatReviewName(review)} has 1 replica: --from leaves spec.replicas out`,
  unknown: "",
});

const ofBoth = (review: SetReview): ReplicasGap => ({
  kept: review,
  drop: null,
  assumption: `${formatReviewName(review)} keeps its replicas: both files leave spec.replicas out`,
  unknown: "",
});

function ofOld(review: SetReview, old: StatefulSet, set: StatefulSet): ReplicasGap {
  const replicas = set.spec.replicas ?? 1;
  const more = replicas + 1;
  return {
    // one that is taken as 1 grows by the change, which apply has to judge, too
    kept: replicas === 0 ? { ...review, old: sized(old, 0) } : review,
    drop: { ...review, old: sized(old, more) },
    assumption: `${formatReviewName(review)} has no more than ${replicas} replicas: --from leaves spec.replicas out`,
    unknown:
      `--from leaves spec.replicas out, so whether pods go is not known: of ${more} replicas or more some would, and that is judged. ` +
      `Give what the cluster has\n  ${show(review)}`,
  };
}

function ofNew(review: SetReview, old: StatefulSet, set: StatefulSet): ReplicasGap {
  const replicas = old.spec.replicas ?? 1;
  return {
    kept: { ...review, set: sized(set, replicas) },
    drop: replicas > 1 ? { ...review, set: sized(set, 1) } : null,
    assumption: `${formatReviewName(review)} keeps its ${replicas} ${replicas === 1 ? "replica" : "replicas"}: --to leaves spec.replicas out`,
    unknown:
      `--to leaves spec.replicas out, so whether pods go is not known: kubectl apply makes it 1 where an applied file had the field, ` +
      `--server-side keeps it where another manager owns it, and a drop is judged. Write spec.replicas into the file for as long as ` +
      `the other manager does not own it\n  ${show(review)} --show-managed-fields`,
  };
}

const sized = (set: StatefulSet, replicas: number): StatefulSet => ({
  ...set,
  spec: { ...set.spec, replicas },
});

const formatReviewName = ({ namespace, name }: SetReview): string => `StatefulSet ${namespace}/${name}`;

const show = ({ namespace, name }: SetReview): string =>
  formatKubectlIn(namespace, "get", "statefulset", name, "-o", "yaml");

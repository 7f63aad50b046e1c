// What a kind of workload adds to injection and validation.
import type { PatchOperation } from "../admission/answer.ts";
import type { Denial } from "../denials/codes.ts";
import type { ContainerTarget, Pod, PodIdentity, StatefulSet } from "../kubernetes/objects.ts";
import type { EnvRequirement } from "../mutation/env.ts";
import type { SetFinding } from "../validation/setFinding.ts";

export interface PodInput {
  readonly pod: Pod;
  readonly member: PodIdentity;
}

export interface PodChanges {
  readonly operations: readonly PatchOperation[];
  readonly warnings: readonly string[];
  /** preStop command of the first container if it has none: it waits for running work to end */
  readonly ownPreStop: readonly string[];
}

/** Another StatefulSet with numbers from the same pool. */
export interface Sibling {
  readonly namespace: string;
  readonly name: string;
  readonly profileName: string;
  readonly pods: PresetPods;
}

/** A Job or CronJob of the same files and namespace. */
export interface JobTemplate {
  readonly kind: string;
  readonly name: string;
  readonly spec: Pod["spec"];
}

/** The kind's hooks for the pods of one compiled profile. All of them are optional. */
export interface PresetPods {
  /** runner commands that change state run in the application's container */
  readonly hasAppCommands?: true;
  /** a runner command in the application's container writes the record while the pod runs */
  readonly recordsInApp?: boolean;
  /** a volume that is refilled at every start, so markers may be lost with it */
  readonly refilledVolume?: string;
  /** Variables for every container in the profile's list. */
  listEnv?(member: PodIdentity): EnvRequirement[];
  /** Why the profile cannot be applied to the pod, or null. */
  findPodFault?(input: PodInput, targets: readonly ContainerTarget[]): Denial | null;
  /** Changes to the pod, or why they are not possible. */
  planPodChanges?(
    input: PodInput,
    targets: readonly [ContainerTarget, ...ContainerTarget[]],
  ): Partial<PodChanges> | Denial;
  /** The kind's part of the plan, as JSON for the runner's preset. */
  describeForRunner?(member: PodIdentity): unknown;
  /** Faults of the whole StatefulSet. A fault that the previous version has as well is only a warning. */
  findSetFault?(set: StatefulSet): SetFinding;
  /** The same, for kinds that compare with the previous version themselves. @param old null: the set is created */
  reviewSet?(set: StatefulSet, old: StatefulSet | null): SetFinding;
  /** Warnings of a Job that is applied beside the set; only the command line sees it. */
  reviewJob?(job: JobTemplate): readonly string[];
  /** Why the set conflicts with StatefulSets that exist now, or null. */
  findSiblingFault?(siblings: readonly Sibling[]): Denial | null;
}

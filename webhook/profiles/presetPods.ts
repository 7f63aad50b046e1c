// What the pods of a compiled profile get that is their kind's own.
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
  /** the first container's preStop where it has none of its own: what runs is waited for */
  readonly ownPreStop: readonly string[];
}

/** Another StatefulSet with numbers of the same pool. */
export interface Sibling {
  readonly namespace: string;
  readonly name: string;
  readonly profileName: string;
  readonly pods: PresetPods;
}

/** What the pods of a compiled profile get that is their kind's own. A method that is left out adds nothing. */
export interface PresetPods {
  /** the runner's commands that change something are run in the application's container */
  readonly hasAppCommands?: true;
  /** the volume that every start fills anew, so that markers may go with it */
  readonly refilledVolume?: string;
  /** Variables of every container that the profile names. */
  listEnv?(member: PodIdentity): EnvRequirement[];
  /** Why a pod cannot be one of this profile's, or null. */
  findPodFault?(input: PodInput, targets: readonly ContainerTarget[]): Denial | null;
  /** What is changed in a pod, or why it cannot be. */
  planPodChanges?(
    input: PodInput,
    targets: readonly [ContainerTarget, ...ContainerTarget[]],
  ): Partial<PodChanges> | Denial;
  /** What the plan says beyond the core's, as JSON; the runner's preset reads it. */
  describeForRunner?(member: PodIdentity): unknown;
  /** What only the whole StatefulSet shows; a fault that it had before is a warning. */
  findSetFault?(set: StatefulSet): SetFinding;
  /** The same where the kind decides itself what was there before. @param old null: the set is created */
  reviewSet?(set: StatefulSet, old: StatefulSet | null): SetFinding;
  /** Why a set cannot be beside others that live now, or null. */
  findSiblingFault?(siblings: readonly Sibling[]): Denial | null;
}

// What the pods of a ring of Ozone Managers get in addition to NodeID and runner.

import type { Denial } from "../../../webhook/denials/codes.ts";
import type { Member, StatefulSet, Target } from "../../../webhook/kubernetes/objects.ts";
import type { Wanted } from "../../../webhook/mutation/env.ts";
import type { PodChanges, PodInput, PresetPods } from "../../../webhook/profiles/presetPods.ts";
import type { SetFinding } from "../../../webhook/validation/setFinding.ts";
import type { PlanOzone } from "../contract/plan.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { findBootstrap } from "./bootstrap.ts";
import { ozoneEnv } from "./env.ts";
import { buildOzonePlan } from "./plan.ts";
import { ozoneFault, ozonePart } from "./pod.ts";

export class OzonePods implements PresetPods {
  readonly #profile: OzoneMembers;

  constructor(profile: OzoneMembers) {
    this.#profile = profile;
  }

  listEnv(member: Member): Wanted[] {
    return ozoneEnv(this.#profile, member);
  }

  findPodFault(input: PodInput, targets: readonly Target[]): Denial | null {
    const fault = ozoneFault({ ...input, profile: this.#profile }, targets);
    // a scale-down must not wait until a fault is corrected that only concerns new pods
    return fault === null ? null : { ...fault, mayStand: true };
  }

  planPodChanges({ pod }: PodInput, [first]: readonly [Target, ...Target[]]): Partial<PodChanges> {
    return { operations: ozonePart(pod, this.#profile, first) };
  }

  describeForRunner(member: Member): PlanOzone {
    return buildOzonePlan(this.#profile, member);
  }

  findSetFault(set: StatefulSet): SetFinding {
    return findBootstrap(set, this.#profile);
  }
}

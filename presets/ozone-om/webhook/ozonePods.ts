// What the pods of a ring of Ozone Managers get in addition to NodeID and runner.

import type { Denial } from "../../../webhook/denials/codes.ts";
import type { ContainerTarget, PodIdentity, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import type { EnvRequirement } from "../../../webhook/mutation/env.ts";
import type { JobTemplate, PodChanges, PodInput, PresetPods } from "../../../webhook/profiles/presetPods.ts";
import type { SetFinding } from "../../../webhook/validation/setFinding.ts";
import type { PlanOzone } from "../contract/plan.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { buildOzonePlan } from "./buildOzonePlan.ts";
import { buildOzoneEnv } from "./env.ts";
import { findBootstrap } from "./findBootstrap.ts";
import { listIgnoredConfigFiles } from "./findConfigFile.ts";
import { listJobWarnings, listMembershipWarnings } from "./listMembershipWarnings.ts";
import { buildOzoneChanges, findOzoneFault } from "./pod.ts";
import { warnOfStaleReplicas } from "./warnOfStaleReplicas.ts";

export class OzonePods implements PresetPods {
  readonly #profile: OzoneMembers;

  constructor(profile: OzoneMembers) {
    this.#profile = profile;
  }

  listEnv(member: PodIdentity): EnvRequirement[] {
    return buildOzoneEnv(this.#profile, member);
  }

  findPodFault(input: PodInput, targets: readonly ContainerTarget[]): Denial | null {
    const fault = findOzoneFault({ ...input, profile: this.#profile }, targets);
    // a scale-down must not wait until a fault is corrected that only concerns new pods
    return fault === null ? null : { ...fault, toleratedIfOld: true };
  }

  planPodChanges(
    { pod }: PodInput,
    [first]: readonly [ContainerTarget, ...ContainerTarget[]],
  ): Partial<PodChanges> {
    return { operations: buildOzoneChanges(pod, this.#profile, first) };
  }

  describeForRunner(member: PodIdentity): PlanOzone {
    return buildOzonePlan(this.#profile, member);
  }

  findSetFault(set: StatefulSet): SetFinding {
    const { spec } = set.spec.template;
    const members = spec.containers.filter(({ name }) => this.#profile.containers.includes(name));
    const bootstrap = findBootstrap(set, this.#profile);
    const ignored = members.flatMap((container) => listIgnoredConfigFiles({ spec }, container));
    const membership = listMembershipWarnings(set, this.#profile);
    return { ...bootstrap, warnings: [...(bootstrap.warnings ?? []), ...ignored, ...membership] };
  }

  reviewSet(set: StatefulSet, old: StatefulSet | null): SetFinding {
    return { warnings: warnOfStaleReplicas(set, old, this.#profile.name) };
  }

  reviewJob(job: JobTemplate): string[] {
    return listJobWarnings(job, this.#profile);
  }
}

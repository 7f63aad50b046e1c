// What the pods of an OTOBO get beside number, env and steps, and the denials and warnings of their StatefulSet.

import type { Denial } from "../../../webhook/denials/codes.ts";
import type { ContainerTarget, PodIdentity, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import type { EnvRequirement } from "../../../webhook/mutation/env.ts";
import type { PodChanges, PodInput, PresetPods, Sibling } from "../../../webhook/profiles/presetPods.ts";
import type { SetFinding } from "../../../webhook/validation/setFinding.ts";
import type { OtoboProfile } from "../profile/otoboPod.ts";
import { buildOtoboChanges, buildOtoboEnv } from "./pod.ts";
import { checkOtoboSet, lacksSharedFiles, refuseWithoutSharedFiles } from "./set.ts";

export class OtoboPods implements PresetPods {
  readonly #profile: OtoboProfile;
  readonly hasAppCommands = true;
  /** the tree is filled from the image at every start */
  readonly refilledVolume: string;

  constructor(profile: OtoboProfile) {
    this.#profile = profile;
    this.refilledVolume = profile.otobo.home;
  }

  listEnv(member: PodIdentity): EnvRequirement[] {
    return buildOtoboEnv(this.#profile, member);
  }

  planPodChanges(
    input: PodInput,
    targets: readonly [ContainerTarget, ...ContainerTarget[]],
  ): PodChanges | Denial {
    return buildOtoboChanges({ ...input, profile: this.#profile }, targets);
  }

  reviewSet(set: StatefulSet, old: StatefulSet | null): SetFinding {
    return checkOtoboSet(set, old, this.#profile);
  }

  /** Another StatefulSet on the same database has pods, too, and they share no files without S3. */
  findSiblingFault(siblings: readonly Sibling[]): Denial | null {
    for (const sibling of siblings) {
      const theirs = sibling.pods instanceof OtoboPods ? sibling.pods.#profile : null;
      const lacking = [this.#profile, theirs].find((each) => each !== null && lacksSharedFiles(each));
      if (lacking) return refuseWithoutSharedFiles(sibling, lacking.name);
    }
    return null;
  }
}

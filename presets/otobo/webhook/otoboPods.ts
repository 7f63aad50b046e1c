// The pods of type Otobo: what they get besides NodeID, env and steps, and checks of their StatefulSet.

import type { Denial } from "../../../webhook/denials/codes.ts";
import type { ContainerTarget, PodIdentity, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import type { EnvRequirement } from "../../../webhook/mutation/env.ts";
import type { PodChanges, PodInput, PresetPods, Sibling } from "../../../webhook/profiles/presetPods.ts";
import type { SetFinding } from "../../../webhook/validation/setFinding.ts";
import { PACKAGES_WATCHED } from "../contract/packages.ts";
import type { OtoboProfile } from "../profile/otoboPod.ts";
import { buildOtoboChanges, buildOtoboEnv } from "./pod.ts";
import { checkOtoboSet, findUnshared } from "./set.ts";

export class OtoboPods implements PresetPods {
  readonly #profile: OtoboProfile;
  readonly hasAppCommands = true;
  readonly recordsInApp: boolean;
  /** the home volume is filled from the image at every start */
  readonly refilledVolume: string;

  constructor(profile: OtoboProfile) {
    this.#profile = profile;
    this.refilledVolume = profile.otobo.home;
    this.recordsInApp = profile.otobo.watch !== null;
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

  /** What `rollcall status` needs to know; nothing without the watcher, so that other plans stay as they are. */
  describeForRunner(): unknown {
    return this.#profile.otobo.watch === null ? undefined : { packages: PACKAGES_WATCHED };
  }

  reviewSet(set: StatefulSet, old: StatefulSet | null): SetFinding {
    return checkOtoboSet(set, old, this.#profile);
  }

  /** Pods of another StatefulSet on the same database need the same files and the same cache. */
  findSiblingFault(siblings: readonly Sibling[]): Denial | null {
    for (const sibling of siblings) {
      const others = sibling.pods instanceof OtoboPods ? [sibling.pods.#profile] : [];
      const denial = findUnshared(sibling, [this.#profile, ...others]);
      if (denial !== null) return denial;
    }
    return null;
  }
}

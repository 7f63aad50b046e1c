// The containers that a profile names: of the application, its init containers, its native sidecars.

import { type Denial, deny } from "../denials/codes.ts";
import type { Pod } from "../kubernetes/objects.ts";
import { listNames } from "../kubernetes/shorten.ts";
import type { Target } from "../kubernetes/target.ts";
import type { Profile } from "../profiles/profile.ts";

/** The containers that the profile names, as far as they are there. */
export interface Targets {
  /** the one whose image runs the steps; null: it is not there (yet) */
  readonly first: Target | null;
  /** in the profile's order */
  readonly others: readonly Target[];
  /** why one that is named is missing; null: all are there */
  readonly missing: Denial | null;
}

export function targetsOf(pod: Pod, profile: Profile): Targets {
  const found = profile.containers.map((name) => targetIn(pod, name));
  const missing = profile.containers.find((_, index) => found[index] === null);
  return {
    first: found[0] ?? null,
    others: found.slice(1).filter((each) => each !== null),
    missing: missing === undefined ? null : missingIn(pod, profile, missing),
  };
}

function targetIn({ spec }: Pod, name: string): Target | null {
  for (const list of ["containers", "initContainers"] as const) {
    const index = (spec[list] ?? []).findIndex((each) => each.name === name);
    const container = spec[list]?.[index];
    if (container !== undefined) return { list, index, container };
  }
  return null;
}

function missingIn({ spec }: Pod, profile: Profile, name: string): Denial {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map((each) => each.name);
  return deny(
    "container-not-found",
    `profile ${profile.name} numbers container ${name}, but the pod's containers are: ${listNames(names)}; ` +
      `rename it or change the profile's containers`,
  );
}

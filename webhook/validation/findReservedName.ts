// A template that brings things of our names itself: in a pod they would be taken for our own, which another pass
// must leave alone, and what is done would be what the template says.
import { OWN_ENV } from "../../init/contract/places.ts";
import { type Denial, deny } from "../denials/codes.ts";
import {
  INIT_CONTAINER,
  INSTALL_CONTAINER,
  RUNNER_VOLUME,
  S3_VOLUME,
  TOKEN_VOLUME,
} from "../kubernetes/names.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";

const NAMES = [RUNNER_VOLUME, TOKEN_VOLUME, S3_VOLUME, INSTALL_CONTAINER, INIT_CONTAINER];

/** Why a template cannot be given work, or null. */
export function findReservedName({ spec }: StatefulSet, { name, work }: Profile): Denial | null {
  if (work === null) return null;
  const { volumes, initContainers, containers } = spec.template.spec;
  const named = [
    ...(volumes ?? []),
    ...(initContainers ?? []),
    ...containers,
    ...(spec.volumeClaimTemplates ?? []).map((each) => each.metadata),
  ].map((each) => each.name);
  const env = [...containers, ...(initContainers ?? [])]
    .flatMap((each) => each.env ?? [])
    .map((each) => each.name);
  const reserved = named.find((each) => NAMES.includes(each)) ?? env.find((each) => OWN_ENV.includes(each));
  if (reserved === undefined) return null;
  return deny(
    "name-conflict",
    `the pod template has ${reserved}; with profile ${name} that name is Rollcall's, rename yours`,
  );
}

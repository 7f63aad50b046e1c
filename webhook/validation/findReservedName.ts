// Finds reserved names in a pod template. In a pod, injection would take them for the result of an earlier pass and leave
// them as they are.
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

/** The denial for a reserved name in the pod template, or null. */
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
    `the pod template has ${reserved}, a name that Rollcall reserves in pods of profile ${name}. Rename it.`,
  );
}

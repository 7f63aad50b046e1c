// Whether the members of a ring keep their metadata on a volume that outlives the pod.

import { type StatefulSet, withoutEndSlashes } from "../../../webhook/kubernetes/objects.ts";
import { findVolumeLifetime, type VolumeLifetime } from "../../../webhook/kubernetes/volumeLifetime.ts";
import type { OzoneProfile } from "../profile/schema.ts";

/** Why a member's metadata would not outlive its pod, as a clause of a denial; or null. */
export function findMetadataFault(
  { spec }: StatefulSet,
  { metadata }: OzoneProfile,
  containerName: string,
): string | null {
  const { volume, dirs, dbDirs, ratisDir } = metadata;
  const fault = findVolumeFault(findVolumeLifetime(spec, volume), volume);
  if (fault !== null) return fault;
  const container = spec.template.spec.containers.find(({ name }) => name === containerName);
  const mounts = (container?.volumeMounts ?? []).filter(({ name }) => name === volume);
  const outside = [dirs, dbDirs, ratisDir].find(
    (dir) => dir !== undefined && !mounts.some(({ mountPath }) => isBelow(dir, mountPath)),
  );
  if (outside === undefined && mounts.some(({ readOnly }) => readOnly === true))
    return `container ${containerName} mounts the metadata volume "${volume}" readOnly`;
  if (outside === undefined) return null;
  return `${outside} is not on the metadata volume "${volume}", as container ${containerName} mounts it`;
}

/** A member needs a volume that is its own and outlives its pod. */
function findVolumeFault(lifetime: VolumeLifetime | null, volume: string): string | null {
  if (lifetime === null) return `the pods have no metadata volume "${volume}"`;
  const what = `the metadata volume "${volume}"`;
  switch (lifetime.is) {
    case "kept":
      return null;
    case "gone":
      return `${what} is ${lifetime.what}, which is deleted with the pod`;
    case "node":
      return `${what} is ${lifetime.what}, which stays on its node when the pod moves to another one`;
    case "shared":
      return `all pods share ${what} (${lifetime.what}), so members would use each other's state`;
    case "unusable":
      return `${what} is ${lifetime.what}`;
  }
}

function isBelow(dir: string, mountPath: string): boolean {
  const root = withoutEndSlashes(mountPath);
  return dir === root || dir.startsWith(`${root}/`);
}

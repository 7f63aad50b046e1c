// Where the members of a ring keep their metadata: on a volume of the pod that outlives it, or not.
import { withoutEndSlashes } from "../inject/paths.ts";
import type { StatefulSet } from "../inject/shape.ts";
import type { OzoneProfile } from "../profiles/ozone.ts";

/** Why a member's metadata would not outlive its pod, or null. */
export function metadataFault(
  { spec }: StatefulSet,
  { metadata }: OzoneProfile,
  containerName: string,
): string | null {
  const { volume, dirs, dbDirs, ratisDir } = metadata;
  const { template, volumeClaimTemplates } = spec;
  const isClaimed = (volumeClaimTemplates ?? []).some((claim) => claim.metadata.name === volume);
  const ofTemplate = (template.spec.volumes ?? []).find(({ name }) => name === volume);
  if (!isClaimed && ofTemplate === undefined) return `the pods have no volume ${volume} for their metadata`;
  if (!isClaimed && ofTemplate !== undefined && "emptyDir" in ofTemplate) {
    return `the volume ${volume} for their metadata is an emptyDir, which goes with the pod`;
  }
  const container = template.spec.containers.find(({ name }) => name === containerName);
  const mounts = (container?.volumeMounts ?? []).filter(({ name }) => name === volume);
  const outside = [dirs, dbDirs, ratisDir].find(
    (dir) => dir !== undefined && !mounts.some(({ mountPath }) => isBelow(dir, mountPath)),
  );
  if (outside === undefined) return null;
  return `${outside} does not lie on the volume ${volume}, as container ${containerName} mounts it`;
}

function isBelow(dir: string, mountPath: string): boolean {
  const root = withoutEndSlashes(mountPath);
  return dir === root || dir.startsWith(`${root}/`);
}

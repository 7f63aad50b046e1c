// What does not belong together: whatever the ring says, nothing is touched then, and an administrator must look.
import type { OzoneObservation } from "./context.ts";

/** One clause, or null where all of it belongs together. */
export function findMismatch(observation: OzoneObservation): string | null {
  const { disk, record, clusterID } = observation;
  const [foreign] = disk.foreignGroups;
  if (foreign !== undefined) {
    return `beside ${disk.group} lies the folder of another Raft group, ${foreign}: the service id was changed, or the volume is another ring's`;
  }
  const recorded = record.ring?.clusterID ?? null;
  if (recorded !== null && clusterID !== null && recorded !== clusterID) {
    return `the SCM is of cluster ${clusterID}, the ring of this StatefulSet was made in ${recorded}`;
  }
  return findVersionMismatch(observation, recorded);
}

function findVersionMismatch(
  { me, disk, clusterID }: OzoneObservation,
  recorded: string | null,
): string | null {
  const { version } = disk;
  if (version === null || "broken" in version) return null;
  if (version.nodeId !== null && version.nodeId !== me) {
    return `VERSION is of node ${version.nodeId}, this pod is ${me}`;
  }
  const [expected, whose] = clusterID === null ? [recorded, "the record says"] : [clusterID, "the SCM is of"];
  const isAnother = expected !== null && version.clusterID !== expected;
  return isAnother ? `VERSION is of cluster ${version.clusterID}, ${whose} ${expected}` : null;
}

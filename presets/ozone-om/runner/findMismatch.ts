// Detects that volume, cluster and record do not match. Then nothing is changed, whatever the ring reports, and an
// administrator must decide.
import type { OzoneObservation } from "./context.ts";

/** @returns null if they match; otherwise one clause */
export function findMismatch(observation: OzoneObservation): string | null {
  const { disk, record, clusterID } = observation;
  const [foreign] = disk.foreignGroups;
  if (foreign !== undefined) {
    return `beside ${disk.group} there is the folder of another Raft group, ${foreign}: the service ID was changed, or the volume belongs to another ring`;
  }
  const recorded = record.ring?.clusterID ?? null;
  if (recorded !== null && clusterID !== null && recorded !== clusterID) {
    return `the SCM belongs to cluster ${clusterID}, but the ring of this StatefulSet to ${recorded}`;
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
    return `VERSION names node ${version.nodeId}, but this pod is ${me}`;
  }
  const [expected, whose] = clusterID === null ? [recorded, "the record"] : [clusterID, "the SCM"];
  const isAnother = expected !== null && version.clusterID !== expected;
  return isAnother ? `VERSION names cluster ${version.clusterID}, but ${whose} ${expected}` : null;
}

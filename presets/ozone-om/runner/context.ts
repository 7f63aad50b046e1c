// The shared context of an Ozone Manager's join.
import { computeDigest } from "../../../init/contract/marker.ts";
import type {
  MemberContext,
  MemberObservation as SeenWith,
  StateIdentity,
} from "../../../init/engine/ring/member.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { type DiskContents, readDisk } from "./read/disk.ts";
import type { OmVersion } from "./read/version.ts";

export interface OzoneContext extends MemberContext {
  readonly ozone: PlanOzone;
}

/** The observation on which an Ozone Manager decides. */
export type OzoneObservation = SeenWith<DiskContents>;

/** Reads the member's own volume; changes nothing. */
export const readOwnDisk = ({
  ozone,
  world,
}: Pick<OzoneContext, "ozone" | "world">): Promise<DiskContents | { readonly unreadable: string }> =>
  readDisk(ozone, { ...world.trees, readText: world.files.readText });

/** Identifies the state in a marker, so the marker of another volume, cluster or service does not count. */
export function identifyState(
  { ozone, me }: Pick<OzoneContext, "ozone" | "me">,
  { clusterID, omUuid }: OmVersion,
  logStart: number | null,
): StateIdentity {
  return {
    clusterID,
    digest: computeDigest({ serviceId: ozone.serviceId, nodeId: me, clusterID, omUuid }),
    words: `cluster ${clusterID}, omUuid ${omUuid}`,
    logStart,
  };
}

// What all parts of one join of an Ozone Manager share.
import { computeDigest } from "../../../init/contract/digest.ts";
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

/** What an Ozone Manager knows when it decides. */
export type OzoneObservation = SeenWith<DiskContents>;

/** Reads the member's own volume; changes nothing. */
export const readOwnDisk = ({
  ozone,
  world,
}: Pick<OzoneContext, "ozone" | "world">): Promise<DiskContents | { readonly unreadable: string }> =>
  readDisk(ozone, { ...world.trees, readText: world.files.readText });

/** What a marker is about: another volume's, cluster's or service's is none of this member. */
export function identifyState(
  { ozone, me }: Pick<OzoneContext, "ozone" | "me">,
  { clusterID, omUuid }: OmVersion,
): StateIdentity {
  return {
    clusterID,
    digest: computeDigest({ serviceId: ozone.serviceId, nodeId: me, clusterID, omUuid }),
    words: `cluster ${clusterID}, omUuid ${omUuid}`,
  };
}

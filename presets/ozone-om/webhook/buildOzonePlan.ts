// The ring in a member's plan. Plans of one ring differ in the member's own name alone (contract/plan.ts).

import type { PodIdentity } from "../../../webhook/kubernetes/objects.ts";
import { parseSeconds } from "../../../webhook/profiles/fields.ts";
import type { PlanOzone } from "../contract/plan.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { buildMemberId, buildMemberUrl, listPossibleOrdinals } from "./env.ts";

/** Ozone's command, on the PATH of its image. */
const COMMAND = ["ozone"];

export function buildOzonePlan({ ozone, containers }: OzoneMembers, member: PodIdentity): PlanOzone {
  const [container = ""] = containers;
  const { serviceId, metadata, scm, https, join, wait, leave } = ozone;
  const { dirs, dbDirs = dirs, ratisDir = null } = metadata;
  return {
    serviceId,
    members: listPossibleOrdinals(ozone).map((ordinal) => ({
      id: buildMemberId(member.statefulSet, ordinal),
      web: buildMemberUrl(member, ozone, ordinal),
    })),
    scm,
    caFile: null,
    ...(https === null ? {} : { caBundle: https.ca }),
    metadata: { dirs, dbDirs, ratisDir },
    container,
    command: COMMAND,
    joinSeconds: parseSeconds(join),
    waitSeconds: parseSeconds(wait),
    leaveSeconds: parseSeconds(leave),
  };
}

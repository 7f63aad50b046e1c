// The ring in a member's plan. Plans of one ring differ in the member's own name alone (contract/plan.ts).

import type { Member } from "../../../webhook/kubernetes/objects.ts";
import { secondsOf } from "../../../webhook/profiles/fields.ts";
import type { PlanOzone } from "../contract/plan.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { hostOf, idOf, ordinalsUpTo } from "./env.ts";

/** Ozone's command, on the PATH of its image. */
const COMMAND = ["ozone"];

export function buildOzonePlan({ ozone, containers }: OzoneMembers, member: Member): PlanOzone {
  const [container = ""] = containers;
  const { serviceId, ports, metadata, scm, join, wait, leave } = ozone;
  const { dirs, dbDirs = dirs, ratisDir = null } = metadata;
  return {
    serviceId,
    members: ordinalsUpTo(ozone).map((ordinal) => ({
      id: idOf(member.statefulSet, ordinal),
      web: `http://${hostOf(member, ozone, ordinal)}:${ports.http}`,
    })),
    scm,
    caFile: null,
    metadata: { dirs, dbDirs, ratisDir },
    container,
    command: COMMAND,
    joinSeconds: secondsOf(join),
    waitSeconds: secondsOf(wait),
    leaveSeconds: secondsOf(leave),
  };
}

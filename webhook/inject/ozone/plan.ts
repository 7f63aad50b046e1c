// What the runner is told of the ring: the same for every member but for its own name (init/contract/ozone.ts).
import type { PlanOzone } from "../../../init/contract/ozone.ts";
import { secondsOf } from "../../profiles/fields.ts";
import type { OzoneProfile } from "../../profiles/ozone.ts";
import type { Member } from "../identify.ts";
import { hostOf, idOf, ordinalsUpTo } from "./env.ts";

/** Ozone's own command, on the PATH of its image. */
const COMMAND = ["ozone"];

export function planOzoneOf(ozone: OzoneProfile, container: string, member: Member): PlanOzone {
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

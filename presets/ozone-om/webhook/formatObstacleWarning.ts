// Warns of a scale while the record says that no Ozone Manager can join (docs/research/ozone.md#upgrades).
import type { RecordedObstacle } from "../../../init/contract/record.ts";
import { listNames } from "../../../webhook/kubernetes/shorten.ts";
import type { MemberChange } from "../../../webhook/profiles/ringProfile.ts";
import { formatOzoneWarning } from "../codes.ts";
import { formatFinalizeCommand, JOIN_OBSTACLES } from "../contract/joinObstacles.ts";

interface RingNames {
  readonly serviceId: string;
  /** the members' */
  readonly container: string;
}

/** What the runner writes has no other characters; a pod's author can write anything. */
const DETAIL = /^[-\w .,+]{1,160}$/;

/** @returns null if the obstacle is one of a later version */
export function formatObstacleWarning(
  obstacle: RecordedObstacle,
  change: MemberChange,
  names: RingNames,
): string | null {
  const { code, why, remedy, isCertain = true } = explain(obstacle, change, names) ?? {};
  if (code === undefined) return null;
  const detail = DETAIL.test(obstacle.detail) ? `${obstacle.detail}; ` : "";
  const seen = `${detail}asked by ${change.witness ?? "a member"} at ${obstacle.at}`;
  return formatOzoneWarning(
    code,
    `${formatEffect(change, isCertain)}: ${why} (${seen}). If that has changed since, ignore this: a new member asks the leader itself. ${remedy}`,
  );
}

function formatEffect({ joining, leaving }: MemberChange, isCertain: boolean): string {
  const waits = `${listNames(joining)} ${isCertain ? "would wait in rollcall-init and not join the ring" : "may fail to join the ring"}`;
  const goes = `${listNames(leaving)} would leave the ring and ${isCertain ? "could not join again" : "may fail to join again"}`;
  if (leaving.length === 0) return waits;
  return joining.length === 0 ? goes : `${waits}, and ${goes}`;
}

interface Explanation {
  readonly code: "ozone-upgrade-unfinished" | "ozone-log-purged";
  readonly why: string;
  readonly remedy: string;
  /** @default true */
  readonly isCertain?: boolean;
}

function explain(
  { name }: RecordedObstacle,
  { namespace, member }: MemberChange,
  { serviceId, container }: RingNames,
): Explanation | null {
  switch (name) {
    case JOIN_OBSTACLES.notFinalized:
      return {
        code: "ozone-upgrade-unfinished",
        why: "an upgrade of Ozone is not finalized",
        remedy: `Finalize the SCM, then run: kubectl -n ${namespace} exec ${member} -c ${container} -- ${formatFinalizeCommand(serviceId)}`,
      };
    case JOIN_OBSTACLES.versionsDiffer:
      return {
        code: "ozone-upgrade-unfinished",
        why: "the members do not have one version of Ozone",
        remedy: "Let the update of the image complete on all members, and finalize it.",
      };
    case JOIN_OBSTACLES.logPurged:
      return {
        code: "ozone-log-purged",
        why: "the leader has purged its Raft log, and this version of Ozone lacks HDDS-16057",
        remedy: "Update all members to a version that has it.",
      };
    case JOIN_OBSTACLES.logPurgedBuild:
      return {
        code: "ozone-log-purged",
        why: "the leader has purged its Raft log, and this build of Ozone may lack HDDS-16057",
        remedy: "Ask who built it; without it, update all members to a version that has it.",
        isCertain: false,
      };
    default:
      return null;
  }
}

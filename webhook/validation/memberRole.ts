// Whether the pods' service account may do what the runner needs. Without it the first restarted pod waits in rollcall-init,
// and a scale-down is denied only when it is needed. This is a warning and not a denial, because the binding may be
// applied after the StatefulSet.

import { needsRecord } from "../../init/contract/plan.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";
import { denyByRule, formatGuardDenial } from "../scaleDown/codes.ts";
import { formatBindMemberRole, MEMBER_ROLE } from "../scaleDown/commands.ts";
import { memberRoleMissing } from "../scaleDown/rules/memberRoleMissing.ts";
import { type Pause, retryOnce } from "./retryOnce.ts";

/** What the pods of a StatefulSet run as. */
export interface PodAccount {
  readonly namespace: string;
  readonly set: string;
  readonly account: string;
}

/** The first permission that the account lacks, in words, or null. Rejects if that cannot be found out. */
export type RightsChecker = (account: PodAccount) => Promise<{ readonly lacking: string | null }>;

/** Warns if the pods need the API server and may not use it, or if that is unknown. */
export async function checkMemberRole(
  set: StatefulSet,
  { namespace, profile }: { namespace: string; profile: Profile },
  { rights: checkRights, pauseBeforeRetry }: { rights: RightsChecker | null; pauseBeforeRetry: Pause | null },
): Promise<string[]> {
  const { work, drop, ring, pods } = profile;
  if (checkRights === null || work === null) return [];
  const isWaiting = needsRecord({ steps: work.steps, drop: drop.policy, ring: ring ?? undefined });
  if (!isWaiting && pods.recordsInApp !== true) return [];
  const effect = isWaiting
    ? "so its pods would wait in rollcall-init and could not leave"
    : "so its pods cannot record what they take up while they run";
  const { name } = set.metadata;
  const account = set.spec.template.spec.serviceAccountName || "default";
  try {
    const { lacking } = await retryOnce(
      () => checkRights({ namespace, set: name, account }),
      (answer) => answer.lacking === null,
      pauseBeforeRetry,
    );
    if (lacking === null) return [];
    return [
      formatRoleWarning(
        `the service account ${namespace}/${account} of StatefulSet ${name} may not ${lacking}, ${effect}. ` +
          `Bind it to ClusterRole ${MEMBER_ROLE}: ${formatBindMemberRole(namespace, account)}`,
      ),
    ];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      formatRoleWarning(
        `cannot check whether the service account ${namespace}/${account} of StatefulSet ${name} has the permissions of ClusterRole ${MEMBER_ROLE}: ${why}`,
      ),
    ];
  }
}

const formatRoleWarning = (message: string): string =>
  formatGuardDenial(denyByRule(memberRoleMissing, message));

// All checks but that of the API server, in the order of the report.

import { checkAccountRights } from "./checks/checkAccountRights.ts";
import { checkAnswer } from "./checks/checkAnswer.ts";
import { checkDefinition } from "./checks/checkDefinition.ts";
import { checkImageVolumes } from "./checks/checkImageVolumes.ts";
import { checkObjects, checkReplicas, checkVersions } from "./checks/installed.ts";
import { checkFieldManagers, checkOtherInstallations } from "./checks/leftovers.ts";
import { checkPolicies, checkRoles } from "./checks/policies.ts";
import { checkProfiles } from "./checks/profiles.ts";
import { checkCertificate, checkConfigurations } from "./checks/webhookConfigurations.ts";
import { checkPods, checkStatefulSets, checkUnusedProfiles } from "./checks/workloads.ts";
import type { Check } from "./context.ts";

export const CHECKS: readonly Check[] = [
  checkObjects,
  checkReplicas,
  checkVersions,
  checkConfigurations,
  checkCertificate,
  checkAnswer,
  checkDefinition,
  checkPolicies,
  checkRoles,
  checkAccountRights,
  checkProfiles,
  checkUnusedProfiles,
  checkStatefulSets,
  checkPods,
  checkImageVolumes,
  checkOtherInstallations,
  checkFieldManagers,
];

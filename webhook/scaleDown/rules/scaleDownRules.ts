// All rules in the order of evaluation; the first one that objects makes the denial. Faults of the request itself come
// before faults of the ring.
import type { Rule } from "../rule.ts";
import { belowMinReplicas } from "./belowMinReplicas.ts";
import { deletionDeletesVolumes } from "./deletionDeletesVolumes.ts";
import { fewerThanRecorded } from "./fewerThanRecorded.ts";
import { leavingMemberDown } from "./leavingMemberDown.ts";
import { maintenanceRequired } from "./maintenanceRequired.ts";
import { maxReplicasExceeded } from "./maxReplicasExceeded.ts";
import { maxUnavailableTooHigh } from "./maxUnavailableTooHigh.ts";
import { memberRoleMissing } from "./memberRoleMissing.ts";
import { membershipChangeInProgress } from "./membershipChangeInProgress.ts";
import { membershipUnknown } from "./membershipUnknown.ts";
import { metadataNotPersistent } from "./metadataNotPersistent.ts";
import { notDrained } from "./notDrained.ts";
import { notReadyAddressesUnpublished } from "./notReadyAddressesUnpublished.ts";
import { podsStillExist } from "./podsStillExist.ts";
import { prestopMissing } from "./prestopMissing.ts";
import { profileLabelChanged } from "./profileLabelChanged.ts";
import { quorumAtRisk } from "./quorumAtRisk.ts";
import { recreatedSmaller } from "./recreatedSmaller.ts";
import { remainingMemberUnhealthy } from "./remainingMemberUnhealthy.ts";
import { ringHasMembers } from "./ringHasMembers.ts";
import { scaleDownDeletesVolumes } from "./scaleDownDeletesVolumes.ts";
import { scaleDownDenied } from "./scaleDownDenied.ts";
import { stillAMember } from "./stillAMember.ts";
import { updateStrategyUnsafe } from "./updateStrategyUnsafe.ts";

export const SCALE_DOWN_RULES: readonly Rule[] = [
  profileLabelChanged,
  maxReplicasExceeded,
  metadataNotPersistent,
  maxUnavailableTooHigh,
  updateStrategyUnsafe,
  notReadyAddressesUnpublished,
  recreatedSmaller,
  scaleDownDeletesVolumes,
  deletionDeletesVolumes,
  maintenanceRequired,
  fewerThanRecorded,
  belowMinReplicas,
  scaleDownDenied,
  notDrained,
  podsStillExist,
  membershipUnknown,
  ringHasMembers,
  stillAMember,
  membershipChangeInProgress,
  quorumAtRisk,
  remainingMemberUnhealthy,
  leavingMemberDown,
  prestopMissing,
  memberRoleMissing,
];

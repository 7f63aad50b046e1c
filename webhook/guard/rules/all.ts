// All rules, in the order in which they are asked: the first denial is the one that is told. What is wrong with the
// request itself comes before what is wrong with the ring.
import type { Rule } from "../rule.ts";
import { backToRecorded } from "./backToRecorded.ts";
import { deletionKeepsVolumes } from "./deletionKeepsVolumes.ts";
import { drainedFirst } from "./drainedFirst.ts";
import { labelKept } from "./labelKept.ts";
import { leaveHook } from "./leaveHook.ts";
import { leavingRunning } from "./leavingRunning.ts";
import { majorityKept } from "./majorityKept.ts";
import { memberRights } from "./memberRights.ts";
import { metadataOnAVolume } from "./metadataOnAVolume.ts";
import { minReplicas } from "./minReplicas.ts";
import { noDrop } from "./noDrop.ts";
import { noSmallerRecreation } from "./noSmallerRecreation.ts";
import { oneChangeAtATime } from "./oneChangeAtATime.ts";
import { oneUnavailable } from "./oneUnavailable.ts";
import { outOfTheRingFirst } from "./outOfTheRingFirst.ts";
import { peersReachable } from "./peersReachable.ts";
import { remainingHealthy } from "./remainingHealthy.ts";
import { ringKnown } from "./ringKnown.ts";
import { ringNotDeleted } from "./ringNotDeleted.ts";
import { rollingUpdate } from "./rollingUpdate.ts";
import { stoppedBeforeDeletion } from "./stoppedBeforeDeletion.ts";
import { volumesKept } from "./volumesKept.ts";
import { withinSize } from "./withinSize.ts";
import { zeroByMaintenance } from "./zeroByMaintenance.ts";

export const RULES: readonly Rule[] = [
  labelKept,
  withinSize,
  metadataOnAVolume,
  oneUnavailable,
  rollingUpdate,
  peersReachable,
  noSmallerRecreation,
  volumesKept,
  deletionKeepsVolumes,
  zeroByMaintenance,
  backToRecorded,
  minReplicas,
  noDrop,
  drainedFirst,
  stoppedBeforeDeletion,
  ringKnown,
  ringNotDeleted,
  outOfTheRingFirst,
  oneChangeAtATime,
  majorityKept,
  remainingHealthy,
  leavingRunning,
  leaveHook,
  memberRights,
];

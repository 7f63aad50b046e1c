// The commands by which a StatefulSet is deleted without a pod that leaves: stop all pods, then delete it. Its volumes
// are kept, so its pods can come back.
import { formatAnnotate, formatKubectl, formatPatchSpec, formatScale } from "./commands.ts";
import { type CommandGroup, groupCommands } from "./messages.ts";
import { MAINTENANCE } from "./overrides.ts";
import { getTargetSet, type ScaleDownReview } from "./rule.ts";

/** @param intro what stands above the commands */
export const buildStopCommands = (review: ScaleDownReview, intro = "Stops all pods:"): CommandGroup[] => [
  groupCommands(intro, formatAnnotate(review, MAINTENANCE, "<reason>"), formatScale(review, 0)),
  groupCommands("Shows when they are gone:", formatKubectl(review, "get", "pods", "--watch")),
];

export const buildDeleteCommand = (review: ScaleDownReview): CommandGroup =>
  groupCommands(
    "Deletes the StatefulSet:",
    formatKubectl(review, "delete", "statefulset", getTargetSet(review).name),
  );

/** Of a deletion that would delete the volumes. */
export const buildKeepVolumesCommand = (
  review: ScaleDownReview,
  intro = "Keeps the volumes:",
): CommandGroup =>
  groupCommands(
    intro,
    formatPatchSpec(review, { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } }),
  );

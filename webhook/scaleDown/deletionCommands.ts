// The commands by which all pods of a StatefulSet stop, and by which it is deleted then. Its volumes are kept, so its
// pods can come back.
import { formatAnnotate, formatKubectl, formatPatchSpec, formatScale, formatUnannotate } from "./commands.ts";
import { groupCommands } from "./messages.ts";
import { MAINTENANCE } from "./overrides.ts";
import { type CommandGroup, getTargetSet, type ScaleDownReview } from "./rule.ts";

const buildStopCommand = (review: ScaleDownReview, intro: string): CommandGroup =>
  groupCommands(intro, formatAnnotate(review, MAINTENANCE, "<reason>"), formatScale(review, 0));

/**
 * Of a StatefulSet that is deleted then.
 * @param intro what stands above the commands
 */
export const buildStopCommands = (review: ScaleDownReview, intro = "Stops all pods:"): CommandGroup[] => [
  buildStopCommand(review, intro),
  groupCommands("Shows when they are gone:", formatKubectl(review, "get", "pods", "--watch")),
];

/** Of a StatefulSet that stays: its pods come back, before the announcement is removed. */
export const buildPauseCommands = (review: ScaleDownReview): CommandGroup[] => [
  buildStopCommand(review, "Stops all pods:"),
  groupCommands("Brings all pods back:", formatScale(review, getTargetSet(review).ordinals.replicas)),
  groupCommands("When all pods are back, ends the maintenance:", formatUnannotate(review, MAINTENANCE)),
];

export const buildDeleteCommand = (
  review: ScaleDownReview,
  intro = "Deletes the StatefulSet:",
): CommandGroup =>
  groupCommands(intro, formatKubectl(review, "delete", "statefulset", getTargetSet(review).name));

/** Of a deletion that would delete the volumes. */
export const buildKeepVolumesCommand = (
  review: ScaleDownReview,
  intro = "Keeps the volumes:",
): CommandGroup =>
  groupCommands(
    intro,
    formatPatchSpec(review, { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } }),
  );

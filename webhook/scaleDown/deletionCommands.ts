// The commands by which all pods of a StatefulSet stop, and by which it is deleted then. Its volumes are kept, so its
// pods can come back.
import { formatAnnotate, formatKubectl, formatPatchSpec, formatScale, formatUnannotate } from "./commands.ts";
import { buildMessage, groupCommands } from "./messages.ts";
import { MAINTENANCE } from "./overrides.ts";
import { type CommandGroup, getTargetSet, type RuleDenial, type ScaleDownReview } from "./rule.ts";

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

/**
 * Denies a deletion with --cascade=orphan: why pods need their StatefulSet, and how to recreate it. The override stands
 * between saving its manifest and deleting it.
 * @param what the first sentence
 */
export function denyOrphaning(review: ScaleDownReview, what: string): RuleDenial {
  const { name } = getTargetSet(review);
  const file = `${name}.yaml`;
  const text =
    `${what} Orphaned pods keep running unprotected: no controller recreates them, and the next StatefulSet of this name adopts them, ` +
    "whatever its profile. To be rid of the StatefulSet and its pods, delete it without --cascade=orphan. To recreate it because a field is " +
    `immutable, save its manifest, change the field in ${file} and remove status, metadata.uid and metadata.resourceVersion there, set ` +
    "the override, delete it, and create it at once, with the same label and at least as many replicas.";
  return {
    ...buildMessage(
      text,
      groupCommands(
        "Saves the manifest, which changes nothing:",
        `${formatKubectl(review, "get", "statefulset", name, "-o", "yaml")} > ${file}`,
      ),
    ),
    offerOverride: true,
    lastResort: groupCommands(
      "With the override, deletes the StatefulSet, keeps its pods, and creates it again:",
      formatKubectl(review, "delete", "statefulset", name, "--cascade=orphan"),
      formatKubectl(review, "create", "-f", file),
    ),
  };
}

/** Of a deletion that would delete the volumes. */
export const buildKeepVolumesCommand = (
  review: ScaleDownReview,
  intro = "Keeps the volumes:",
): CommandGroup =>
  groupCommands(
    intro,
    formatPatchSpec(review, { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } }),
  );

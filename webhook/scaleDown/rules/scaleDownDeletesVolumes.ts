import { formatFullName } from "../assumptions.ts";
import { formatPatchSpec } from "../commands.ts";
import {
  buildMessage,
  explainUnlistedPods,
  formatPlural,
  formatPods,
  groupCommands,
  namePods,
  openDenial,
} from "../messages.ts";
import { isInSpan } from "../ordinals.ts";
import { defineRule, isGuarded, type ScaleDownReview } from "../rule.ts";

const KEEP = { persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain" } };

/**
 * A pod that was removed by mistake can come back only on its volume
 * (docs/research/kubernetes-admission.md#ways-to-remove-a-pod).
 */
export const scaleDownDeletesVolumes = defineRule({
  name: "scale-down-deletes-volumes",
  code: "RC006",
  says: "The scale-down would also delete the volumes of the removed pods (whenScaled: Delete).",
  needs: ["pods"],
  // only a cluster knows how many pods of an earlier scale-down are left
  assumes: (review) =>
    review.removed.length > 0 ? [] : [`no pod of ${formatFullName(review)} is still being removed`],
  appliesTo: (review) =>
    isGuarded(review) &&
    review.change.operation === "UPDATE" &&
    review.change.after.whenScaled === "Delete" &&
    (review.removed.length > 0 || isSwitched(review)),
  evaluate: (review, { pods }) => {
    const { before } = review.change;
    if (review.removed.length > 0) {
      const why = `persistentVolumeClaimRetentionPolicy.whenScaled: Delete would delete the volumes of ${formatPods(review)}`;
      return buildMessage(
        `${openDenial(review, why)} Set it to Retain, then retry. Delete unneeded volumes by hand afterwards.`,
        groupCommands("Keeps the volumes:", formatPatchSpec(review, KEEP)),
      );
    }
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const going = pods.known.filter(({ ordinal }) => before !== null && !isInSpan(before.ordinals, ordinal));
    if (going.length === 0) return null;
    const spans = going.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
    const why =
      "persistentVolumeClaimRetentionPolicy.whenScaled: Delete would delete the volumes of " +
      `${namePods(review, spans)}, which an earlier scale-down still removes`;
    return buildMessage(
      `${openDenial(review, why)} Wait until ${formatPlural(going.length, "it is", "they are")} gone, then retry.`,
    );
  },
});

/**
 * The controller applies a new policy also to pods that it is removing already (stateful_set_control.go, condemned
 * pods).
 */
function isSwitched({ change }: ScaleDownReview): boolean {
  return change.operation === "UPDATE" && change.before.whenScaled !== "Delete";
}

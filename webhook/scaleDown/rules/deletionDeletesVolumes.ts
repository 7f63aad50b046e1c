import { buildKeepVolumesCommand } from "../deletionCommands.ts";
import { buildMessage, openDenial } from "../messages.ts";
import { defineRule, isGuarded, orphansPods } from "../rule.ts";

/** Under Drained a StatefulSet at zero has no pod left to drain; one that runs is reviewed pod by pod (not-drained). */
export const deletionDeletesVolumes = defineRule({
  name: "deletion-deletes-volumes",
  code: "RC011",
  says: "Deleting the StatefulSet would also delete the volumes of its pods (whenDeleted: Delete).",
  needs: [],
  appliesTo: (review) => isGuarded(review) && review.change.operation === "DELETE" && !orphansPods(review),
  evaluate: (review) => {
    const { before } = review.change;
    if (before?.whenDeleted !== "Delete") return null;
    const { policy } = review.profile.drop;
    const isJudged =
      review.ring !== null || policy === "deny" || (policy === "drained" && before.ordinals.replicas === 0);
    if (!isJudged) return null;
    return buildMessage(
      `${openDenial(review, "persistentVolumeClaimRetentionPolicy.whenDeleted: Delete would delete the volumes of its pods")} Set it to ` +
        "Retain, then retry. Delete unneeded volumes by hand afterwards.",
      buildKeepVolumesCommand(review),
    );
  },
});

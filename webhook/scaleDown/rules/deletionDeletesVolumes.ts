import { patchSpec } from "../commands.ts";
import { groupCommands, message, openDenial } from "../messages.ts";
import { isGuarded, leavesPods, rule } from "../rule.ts";

const KEEP = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } };

/** Under Drained a StatefulSet at zero has no pod left to drain; one that runs is reviewed pod by pod (not-drained). */
export const deletionDeletesVolumes = rule({
  name: "deletion-deletes-volumes",
  code: "RC011",
  says: "Deleting the StatefulSet would also delete the volumes of its pods (whenDeleted: Delete).",
  needs: [],
  concerns: (asked) => isGuarded(asked) && asked.change.operation === "DELETE" && !leavesPods(asked),
  decide: (asked) => {
    const { before } = asked.change;
    if (before?.whenDeleted !== "Delete") return null;
    const { policy } = asked.profile.drop;
    const isJudged =
      asked.ring !== null || policy === "deny" || (policy === "drained" && before.ordinals.replicas === 0);
    if (!isJudged) return null;
    return message(
      `${openDenial(asked, "persistentVolumeClaimRetentionPolicy.whenDeleted: Delete would delete the volumes of its pods")} Set it to ` +
        "Retain, then retry. Delete unneeded volumes by hand afterwards.",
      groupCommands("Keeps the volumes:", patchSpec(asked, KEEP)),
    );
  },
});

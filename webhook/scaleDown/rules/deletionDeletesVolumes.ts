import { patchSpec } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { isGuarded, leavesPods, rule } from "../rule.ts";

const KEEP = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } };

/** For `drained` a set at zero has nobody left who could drain; one that runs is judged pod by pod. */
export const deletionDeletesVolumes = rule({
  name: "deletion-deletes-volumes",
  code: "RC011",
  says: "A StatefulSet would be deleted, and whenDeleted: Delete takes the volumes of its members with it.",
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
      `${setOf(asked)} would be deleted, and persistentVolumeClaimRetentionPolicy.whenDeleted: Delete would delete the volumes of its ` +
        `pods. Keep the volumes, then delete it; delete them by hand when nobody needs them`,
      patchSpec(asked, KEEP),
    );
  },
});

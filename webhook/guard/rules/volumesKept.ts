import { patchSpec } from "../commands.ts";
import { isGuarded, rule } from "../rule.ts";
import { message, podsOf, setOf } from "../words.ts";

const KEEP = { persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain" } };

/** The volume of a pod that went by mistake is all there is to come back to (facts/admission.md 3.5). */
export const volumesKept = rule({
  name: "volumes-kept",
  code: "RC006",
  says: "Pods would go while whenScaled: Delete takes their volumes with them.",
  needs: [],
  concerns: (asked) => isGuarded(asked) && asked.change.operation === "UPDATE" && asked.removed.length > 0,
  decide: (asked) => {
    if (asked.change.after?.whenScaled !== "Delete") return null;
    return message(
      `${setOf(asked)}: ${podsOf(asked)} would go, and persistentVolumeClaimRetentionPolicy.whenScaled: Delete would delete their ` +
        `volumes. Keep the volumes, then scale; delete them by hand when nobody needs them`,
      patchSpec(asked, KEEP),
    );
  },
});

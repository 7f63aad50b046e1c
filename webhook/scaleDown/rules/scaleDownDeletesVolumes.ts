import { fullName } from "../assumptions.ts";
import { patchSpec } from "../commands.ts";
import { message, podsOf, setOf } from "../messages.ts";
import { holds } from "../ordinals.ts";
import { type Case, isGuarded, rule } from "../rule.ts";

const KEEP = { persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain" } };

/**
 * The volume of a pod that went by mistake is all there is to come back to
 * (docs/research/kubernetes-admission.md#ways-to-remove-a-pod).
 */
export const scaleDownDeletesVolumes = rule({
  name: "scale-down-deletes-volumes",
  code: "RC006",
  says: "Pods would go, or are going, while whenScaled: Delete takes their volumes with them.",
  needs: ["pods"],
  // how many pods of a drop before are left only a cluster can tell
  assumes: (asked) => (asked.removed.length > 0 ? [] : [`no pod of ${fullName(asked)} is still going`]),
  concerns: (asked) =>
    isGuarded(asked) &&
    asked.change.operation === "UPDATE" &&
    asked.change.after.whenScaled === "Delete" &&
    (asked.removed.length > 0 || isSwitched(asked)),
  decide: (asked, { pods }) => {
    const { before } = asked.change;
    if (asked.removed.length > 0) {
      return message(
        `${setOf(asked)}: ${podsOf(asked)} would go, and persistentVolumeClaimRetentionPolicy.whenScaled: Delete would delete their ` +
          `volumes. Keep the volumes, then scale; delete them by hand when nobody needs them`,
        patchSpec(asked, KEEP),
      );
    }
    if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
    const going = pods.known.filter(({ ordinal }) => before !== null && !holds(before.ordinals, ordinal));
    if (going.length === 0) return null;
    const spans = going.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
    return message(
      `${setOf(asked)}: ${podsOf(asked, spans)} of a drop before ${going.length === 1 ? "is" : "are"} still going, and persistentVolumeClaimRetentionPolicy.whenScaled: ` +
        `Delete would delete their volumes after all. Wait until ${going.length === 1 ? "it is" : "they are"} gone, then ask again`,
    );
  },
});

/** The controller applies a new policy also to pods that are on their way out (stateful_set_control.go, condemned pods). */
function isSwitched({ change }: Case): boolean {
  return change.operation === "UPDATE" && change.before.whenScaled !== "Delete";
}

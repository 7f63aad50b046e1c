import { fullName } from "../assumptions.ts";
import { patchSpec } from "../commands.ts";
import {
  explainUnlistedPods,
  groupCommands,
  message,
  namePods,
  openDenial,
  pluralize,
  podsOf,
} from "../messages.ts";
import { holds } from "../ordinals.ts";
import { type Case, isGuarded, rule } from "../rule.ts";

const KEEP = { persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain" } };

/**
 * A pod that was removed by mistake can come back only on its volume
 * (docs/research/kubernetes-admission.md#ways-to-remove-a-pod).
 */
export const scaleDownDeletesVolumes = rule({
  name: "scale-down-deletes-volumes",
  code: "RC006",
  says: "The scale-down would also delete the volumes of the removed pods (whenScaled: Delete).",
  needs: ["pods"],
  // how many pods of a drop before are left only a cluster can tell
  assumes: (asked) =>
    asked.removed.length > 0 ? [] : [`no pod of ${fullName(asked)} is still being removed`],
  concerns: (asked) =>
    isGuarded(asked) &&
    asked.change.operation === "UPDATE" &&
    asked.change.after.whenScaled === "Delete" &&
    (asked.removed.length > 0 || isSwitched(asked)),
  decide: (asked, { pods }) => {
    const { before } = asked.change;
    if (asked.removed.length > 0) {
      const why = `persistentVolumeClaimRetentionPolicy.whenScaled: Delete would delete the volumes of ${podsOf(asked)}`;
      return message(
        `${openDenial(asked, why)} Set it to Retain, then retry. Delete unneeded volumes by hand afterwards.`,
        groupCommands("Keeps the volumes:", patchSpec(asked, KEEP)),
      );
    }
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const going = pods.known.filter(({ ordinal }) => before !== null && !holds(before.ordinals, ordinal));
    if (going.length === 0) return null;
    const spans = going.map(({ ordinal }) => ({ start: ordinal, replicas: 1 }));
    const why =
      "persistentVolumeClaimRetentionPolicy.whenScaled: Delete would delete the volumes of " +
      `${namePods(asked, spans)}, which an earlier scale-down still removes`;
    return message(
      `${openDenial(asked, why)} Wait until ${pluralize(going.length, "it is", "they are")} gone, then retry.`,
    );
  },
});

/**
 * The controller applies a new policy also to pods that it is removing already (stateful_set_control.go, condemned
 * pods).
 */
function isSwitched({ change }: Case): boolean {
  return change.operation === "UPDATE" && change.before.whenScaled !== "Delete";
}

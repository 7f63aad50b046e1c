import { buildEditProfile } from "../commands.ts";
import { buildMessage, formatRest, formatSize, namePods, openDenial } from "../messages.ts";
import { defineRule, removesSomePods, type ScaleDownReview } from "../rule.ts";

export const scaleDownDenied = defineRule({
  name: "scale-down-denied",
  code: "RC012",
  says: "The profile's scaleDown.policy is Deny, so no pod may be removed.",
  needs: [],
  appliesTo: (review) =>
    review.profile.drop.policy === "deny" && review.ring === null && removesSomePods(review),
  evaluate: (review) => {
    const why = `the profile's scaleDown.policy is Deny, so ${namePods(review)} must stay`;
    return {
      ...buildMessage(
        `${openDenial(review, why)} Keep ${formatPresentSize(review)}${formatRest(review)}.${explainStart(review)} Otherwise override the denial for this StatefulSet, or ` +
          "have a cluster admin change the policy.",
      ),
      offerOverride: true,
      lastResort: buildEditProfile(review, "scaleDown.policy", "; Allow ends their protection"),
    };
  },
});

/** A later start removes the pods with the lowest ordinals, although the number of replicas stays. */
const explainStart = ({ change: { before, after } }: ScaleDownReview): string =>
  before !== null && after !== null && after.ordinals.start > before.ordinals.start
    ? " To add pods with higher ordinals, raise spec.replicas instead."
    : "";

/** "5 replicas", and where they begin if the change moves that. */
function formatPresentSize({ change: { before, after } }: ScaleDownReview): string {
  if (before === null) return "all pods";
  const { start, replicas } = before.ordinals;
  const size = formatSize({ start: 0, replicas });
  return after?.ordinals.start === start ? size : `${size} and spec.ordinals.start ${start}`;
}

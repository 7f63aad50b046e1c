import { buildEditProfile, formatScale } from "../commands.ts";
import { buildMessage, formatPlural, formatRest, groupCommands, openDenial } from "../messages.ts";
import { defineRule, isGuarded, removesSomePods } from "../rule.ts";

export const belowMinReplicas = defineRule({
  name: "below-min-replicas",
  code: "RC008",
  says: "A scale-down would leave fewer replicas than the profile's scaleDown.minReplicas.",
  needs: [],
  appliesTo: (review) => isGuarded(review) && removesSomePods(review),
  evaluate: (review) => {
    const { before, after } = review.change;
    const least = review.profile.drop.minReplicas;
    if (after === null || after.ordinals.replicas >= least) return null;
    // scaling to the present size would do nothing, and scaling to a larger one is not what the user wanted
    const isSmaller = before !== null && before.ordinals.replicas > least;
    return {
      ...buildMessage(
        `${openDenial(review, `the profile's scaleDown.minReplicas is ${least}`)} Keep at least ${least} ${formatPlural(least, "replica", "replicas")}${formatRest(review)}. ` +
          "Otherwise override the denial for this StatefulSet, or have a cluster admin lower scaleDown.minReplicas.",
        ...(isSmaller ? [groupCommands("Scales to the minimum:", formatScale(review, least))] : []),
      ),
      offerOverride: true,
      lastResort: buildEditProfile(review, "scaleDown.minReplicas"),
    };
  },
});

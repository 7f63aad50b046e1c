import { EDIT_PROFILE, formatEditProfile } from "../commands.ts";
import { buildMessage, groupCommands, namePods, openDenial } from "../messages.ts";
import { defineRule, removesSomePods } from "../rule.ts";

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
        `${openDenial(review, why)} Keep the current ordinals, or have a cluster admin change the policy.`,
        groupCommands(EDIT_PROFILE, formatEditProfile(review)),
      ),
      offerOverride: true,
    };
  },
});

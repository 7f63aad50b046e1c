import { EDIT_PROFILE, editProfile } from "../commands.ts";
import { groupCommands, message, namePods, openDenial } from "../messages.ts";
import { isDrop, rule } from "../rule.ts";

export const scaleDownDenied = rule({
  name: "scale-down-denied",
  code: "RC012",
  says: "The profile's scaleDown.policy is Deny, so no pod may be removed.",
  needs: [],
  concerns: (asked) => asked.profile.drop.policy === "deny" && asked.ring === null && isDrop(asked),
  decide: (asked) => {
    const why = `the profile's scaleDown.policy is Deny, so ${namePods(asked)} must stay`;
    return {
      ...message(
        `${openDenial(asked, why)} Keep the current ordinals, or have a cluster admin change the policy.`,
        groupCommands(EDIT_PROFILE, editProfile(asked)),
      ),
      offerOverride: true,
    };
  },
});

import { message, namePods, openDenial } from "../messages.ts";
import { isDrop, rule } from "../rule.ts";

export const scaleDownDenied = rule({
  name: "scale-down-denied",
  code: "RC012",
  says: "The profile's scaleDown.policy is Deny, so no pod may be removed.",
  needs: [],
  concerns: (asked) => asked.profile.drop.policy === "deny" && asked.ring === null && isDrop(asked),
  decide: (asked) =>
    message(
      `${openDenial(asked, `the profile's scaleDown.policy is Deny, so ${namePods(asked)} must stay`)} Keep the current ordinals, or have a ` +
        `cluster admin change the policy (kubectl edit rcp ${asked.profile.name}).`,
    ),
});

import { message, podsOf, setOf } from "../messages.ts";
import { isDrop, rule } from "../rule.ts";

export const scaleDownDenied = rule({
  name: "scale-down-denied",
  code: "RC012",
  says: "Pods would go, and the profile's scaleDown.policy is Deny.",
  needs: [],
  concerns: (asked) => asked.profile.drop.policy === "deny" && asked.ring === null && isDrop(asked),
  decide: (asked) =>
    message(
      `${setOf(asked)}: ${podsOf(asked)} would go, and the profile's scaleDown.policy is Deny. Keep the ordinals that there are; ` +
        `whether pods of this profile may go is for the cluster's admin to say: kubectl edit rcp ${asked.profile.name}`,
    ),
});

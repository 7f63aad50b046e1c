import { isDrop, rule } from "../rule.ts";
import { message, podsOf, setOf } from "../words.ts";

export const noDrop = rule({
  name: "no-drop",
  code: "RC012",
  says: "Pods would go, and the profile's drop policy is deny.",
  needs: [],
  concerns: (asked) => asked.profile.drop.policy === "deny" && asked.ring === null && isDrop(asked),
  decide: (asked) =>
    message(
      `${setOf(asked)}: ${podsOf(asked)} would go, and the profile's drop policy is deny. Keep the ordinals that there are; ` +
        `whether pods of this profile may go is for the cluster's admin to say (drop in ConfigMap rollcall-profiles)`,
    ),
});

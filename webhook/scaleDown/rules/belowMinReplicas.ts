import { scale } from "../commands.ts";
import { groupCommands, message, openDenial, pluralize } from "../messages.ts";
import { isDrop, isGuarded, rule } from "../rule.ts";

export const belowMinReplicas = rule({
  name: "below-min-replicas",
  code: "RC008",
  says: "A scale-down would leave fewer replicas than the profile's scaleDown.minReplicas.",
  needs: [],
  concerns: (asked) => isGuarded(asked) && isDrop(asked),
  decide: (asked) => {
    const { after } = asked.change;
    const least = asked.profile.drop.minReplicas;
    if (after === null || after.ordinals.replicas >= least) return null;
    return message(
      `${openDenial(asked, `the profile's scaleDown.minReplicas is ${least}`)} Keep at least ${least} ${pluralize(least, "replica", "replicas")}.`,
      groupCommands("Scales to the minimum:", scale(asked, least)),
    );
  },
});

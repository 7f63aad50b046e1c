import { scale } from "../commands.ts";
import { message, setOf, sizeOf } from "../messages.ts";
import { isDrop, isGuarded, rule } from "../rule.ts";

export const belowMinReplicas = rule({
  name: "below-min-replicas",
  code: "RC008",
  says: "A drop would leave fewer replicas than the profile's minReplicas.",
  needs: [],
  concerns: (asked) => isGuarded(asked) && isDrop(asked),
  decide: (asked) => {
    const { before, after } = asked.change;
    const least = asked.profile.drop.minReplicas;
    if (after === null || after.ordinals.replicas >= least) return null;
    const had = before === null ? "" : `from ${sizeOf(before.ordinals)} `;
    return message(
      `${setOf(asked)} would go ${had}to ${sizeOf(after.ordinals)}; the profile's minReplicas is ${least}. Keep at least ${least}`,
      scale(asked, least),
    );
  },
});

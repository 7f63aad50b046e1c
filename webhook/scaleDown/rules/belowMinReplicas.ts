import { buildEditProfile, DRAIN, formatRunnerCommand, formatScale } from "../commands.ts";
import { buildMessage, formatPlural, formatRest, groupCommands, openDenial } from "../messages.ts";
import { listFromHighest } from "../ordinals.ts";
import {
  type CommandGroup,
  defineRule,
  getTargetSet,
  isGuarded,
  removesSomePods,
  type ScaleDownReview,
} from "../rule.ts";

/** How many drains a denial prints. */
const MOST = 10;

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
          `Otherwise ${isDrained(review) ? "drain the pods first, since an override skips that check too, and then " : ""}override the denial for this ` +
          "StatefulSet, or have a cluster admin lower scaleDown.minReplicas.",
        ...(isSmaller ? [groupCommands("Scales to the minimum:", formatScale(review, least))] : []),
        ...buildDrainsBeforeOverride(review),
      ),
      offerOverride: true,
      lastResort: buildEditProfile(review, "scaleDown.minReplicas"),
    };
  },
});

const isDrained = ({ profile }: ScaleDownReview): boolean => profile.drop.policy === "drained";

/** A pod that is recorded as drained is not drained again, so the pods need not be known. */
function buildDrainsBeforeOverride(review: ScaleDownReview): CommandGroup[] {
  if (!isDrained(review)) return [];
  const { name } = getTargetSet(review);
  const ordinals = listFromHighest(review.removed, MOST);
  return [
    groupCommands(
      DRAIN,
      ...ordinals.map((ordinal) => formatRunnerCommand(review, `${name}-${ordinal}`, "drain")),
    ),
  ];
}

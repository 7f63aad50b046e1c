import { formatPolicyName } from "../../../init/contract/plan.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import { buildMessage, formatSet } from "../messages.ts";
import { defineRule, isGuarded } from "../rule.ts";

/** Otherwise the label could be removed first and the pods afterwards. */
export const profileLabelChanged = defineRule({
  name: "profile-label-changed",
  code: "RC004",
  says: "The label that selects the profile was removed from the pod template, or selects another profile.",
  needs: [],
  appliesTo: (review) => isGuarded(review) && review.change.operation === "UPDATE",
  evaluate: (review) => {
    const { before, after } = review.change;
    if (before === null || before.profile === null || before.profile === after?.profile) return null;
    const edit = after?.profile
      ? `it changes the label ${PROFILE_LABEL} of the pod template to ${after.profile}`
      : `it removes the label ${PROFILE_LABEL} from the pod template`;
    return buildMessage(
      `Updating ${formatSet(review)} is denied: ${edit}, which would end the protection by profile ${before.profile} (scaleDown.policy ` +
        `${formatPolicyName(review.profile.drop.policy)}). Keep ${PROFILE_LABEL}: ${before.profile} in spec.template.metadata.labels.`,
    );
  },
});

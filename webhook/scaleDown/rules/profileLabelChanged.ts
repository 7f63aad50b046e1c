import { policyName } from "../../../init/contract/plan.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import { message, setOf } from "../messages.ts";
import { isGuarded, rule } from "../rule.ts";

/** Otherwise the label could be removed first and the pods afterwards. */
export const profileLabelChanged = rule({
  name: "profile-label-changed",
  code: "RC004",
  says: "The label that selects the profile was removed from the pod template, or selects another profile.",
  needs: [],
  concerns: (asked) => isGuarded(asked) && asked.change.operation === "UPDATE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (before === null || before.profile === null || before.profile === after?.profile) return null;
    const edit = after?.profile
      ? `it changes the label ${PROFILE_LABEL} of the pod template to ${after.profile}`
      : `it removes the label ${PROFILE_LABEL} from the pod template`;
    return message(
      `Updating ${setOf(asked)} is denied: ${edit}, which would end the protection by profile ${before.profile} (scaleDown.policy ` +
        `${policyName(asked.profile.drop.policy)}). Keep ${PROFILE_LABEL}: ${before.profile} in spec.template.metadata.labels.`,
    );
  },
});

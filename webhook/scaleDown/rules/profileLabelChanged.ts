import { policyName } from "../../../init/contract/plan.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import { message, setOf } from "../messages.ts";
import { isGuarded, rule, subjectOf } from "../rule.ts";

/** Whoever could take the label away could then take the pods away. */
export const profileLabelChanged = rule({
  name: "profile-label-changed",
  code: "RC004",
  says: "The label that picks the profile was removed from the pod template, or picks another profile.",
  needs: [],
  concerns: (asked) => isGuarded(asked) && asked.change.operation === "UPDATE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (before === null || before.profile === null || before.profile === after?.profile) return null;
    const now = after?.profile ? `would change to ${after.profile}` : "would be gone";
    return message(
      `${setOf(asked)}: the label ${PROFILE_LABEL} of the pod template ${now}, and with it what profile ${before.profile} ` +
        `protects (scaleDown.policy ${policyName(asked.profile.drop.policy)}). Keep ${PROFILE_LABEL}: ${before.profile} in ` +
        `spec.template.metadata.labels of ${subjectOf(asked).name}`,
    );
  },
});

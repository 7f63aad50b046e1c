import { fullName } from "../assumptions.ts";
import { kubectl } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { countOf } from "../ordinals.ts";
import { isDrop, rule, subjectOf } from "../rule.ts";

/**
 * The StatefulSet controller deletes pods without asking a PodDisruptionBudget. One pod alone goes as by a drain, and
 * rings have rules of their own.
 */
export const disruptionBudgetViolated = rule({
  name: "disruption-budget-violated",
  code: "RC031",
  says: "More pods would go at once than a PodDisruptionBudget allows.",
  needs: ["budgets"],
  assumes: (asked) => [`the PodDisruptionBudgets of ${fullName(asked)} allow that`],
  concerns: (asked) =>
    asked.profile.drop.policy === "managed" &&
    asked.ring === null &&
    isDrop(asked) &&
    countOf(asked.removed) > 1,
  decide: (asked, { budgets }) => {
    if ("unknown" in budgets)
      return { unknown: `its PodDisruptionBudgets could not be listed: ${budgets.unknown}` };
    const labels = subjectOf(asked).set.spec.template.metadata?.labels ?? {};
    const violated = budgets.known.find(
      ({ matchLabels, allowed }) =>
        allowed < countOf(asked.removed) &&
        Object.entries(matchLabels).every(([key, value]) => labels[key] === value),
    );
    if (violated === undefined) return null;
    return message(
      `${setOf(asked)}: PodDisruptionBudget ${violated.name} allows ${violated.allowed} of its pods to go now, not ${countOf(asked.removed)}. Remove one after the other`,
      kubectl(asked, "describe", "poddisruptionbudget", violated.name),
    );
  },
});

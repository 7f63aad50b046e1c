// How to override a denial, and why an override that is set does not count.
import { formatAnnotate, formatUnannotate } from "./commands.ts";
import { formatExampleDeadline, OVERRIDE, type Override } from "./overrides.ts";
import type { Rule, ScaleDownReview } from "./rule.ts";

/** Who may set the override: manifests/base/override.yaml. */
const LIMITS = "for at most 24 h (audited; needs permission to use overrides.rollcall.dev)";

/** It is not used up by one change. */
const SCOPE =
  "Removes the override (do so afterwards: until its deadline it lets every change of this StatefulSet pass, by anyone):";

/**
 * Adds how to override a denial that offers no other command, or why the override that is set is ignored.
 * @param rule the rule that denies, if one does
 * @param offered offer the override beside other commands
 */
export function addOverrideHint(
  text: string,
  review: Pick<ScaleDownReview, "change">,
  given: { override: Override; now: Date; rule?: Rule; offered?: boolean },
): string {
  const { override, now, rule, offered = false } = given;
  if (rule?.noOverride === true) {
    if (override.is === "none") return text;
    return `${text}\nThe annotation ${OVERRIDE} is ignored: ${rule.name} protects other StatefulSets and cannot be overridden.`;
  }
  if (override.is === "void") return `${text}\nThe annotation ${OVERRIDE} is ignored: ${override.why}.`;
  if (text.includes("\n") && !offered) return text;
  const value = `${formatExampleDeadline(now)} <reason>`;
  const how =
    review.change.operation === "CREATE"
      ? `add this annotation with a reason to the StatefulSet and retry:\n  ${OVERRIDE}: "${value}"`
      : `annotate with a reason and retry:\n  ${formatAnnotate(review, OVERRIDE, value)}`;
  return `${text}\nTo override ${LIMITS}, ${how}\n${SCOPE}\n  ${formatUnannotate(review, OVERRIDE)}`;
}

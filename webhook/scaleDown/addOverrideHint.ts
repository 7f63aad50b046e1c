// How to override a denial, and why an override that is set does not count.
import { formatAnnotate, formatCanOverride, formatUnannotate } from "./commands.ts";
import { buildMessage, groupCommands } from "./messages.ts";
import { formatExampleDeadline, OVERRIDE, type Override } from "./overrides.ts";
import type { CommandGroup, Rule, ScaleDownReview } from "./rule.ts";

/** Who may set the override: manifests/base/override.yaml. The webhook does not know the group's name. */
const RIGHT =
  "Shows whether you may override (if not, ask the group of ClusterRoleBinding rollcall-breakglass):";

/** It is not used up by one change. */
const SCOPE =
  "Removes the override (do so afterwards: until its deadline it lets every change of this StatefulSet pass, by anyone):";

/**
 * Adds how to override a denial that offers no other command, or why the override that is set is ignored.
 * @param rule the rule that denies, if one does
 * @param offered offer the override beside other commands
 * @param lastResort commands after the override
 */
export function addOverrideHint(
  text: string,
  review: Pick<ScaleDownReview, "change">,
  given: {
    override: Override;
    now: Date;
    rule?: Rule;
    offered?: boolean;
    lastResort?: CommandGroup | undefined;
  },
): string {
  const { lastResort } = given;
  return buildMessage(addOverride(text, review, given), ...(lastResort === undefined ? [] : [lastResort]))
    .message;
}

function addOverride(
  text: string,
  review: Pick<ScaleDownReview, "change">,
  { override, now, rule, offered = false }: Parameters<typeof addOverrideHint>[2],
): string {
  if (rule?.noOverride === true) {
    if (override.is === "none") return text;
    return `${text}\nThe annotation ${OVERRIDE} is ignored: ${rule.name} protects other StatefulSets and cannot be overridden.`;
  }
  if (override.is === "void") return `${text}\nThe annotation ${OVERRIDE} is ignored: ${override.why}.`;
  if (text.includes("\n") && !offered) return text;
  const value = `${formatExampleDeadline(now)} <reason>`;
  const [how, command] =
    review.change.operation === "CREATE"
      ? ["add this annotation with a reason to the StatefulSet", `${OVERRIDE}: "${value}"`]
      : ["annotate with a reason", formatAnnotate(review, OVERRIDE, value)];
  return buildMessage(
    text,
    groupCommands(RIGHT, formatCanOverride(review)),
    groupCommands(
      `To override until ${formatExampleDeadline(now)} (one hour; at most 24 h; audited), ${how} and retry:`,
      command,
    ),
    groupCommands(SCOPE, formatUnannotate(review, OVERRIDE)),
  ).message;
}

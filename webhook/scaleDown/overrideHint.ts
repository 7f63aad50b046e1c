// The last way out, and why it may not count.
import { annotate } from "./commands.ts";
import { example, OVERRIDE, type Override } from "./overrides.ts";
import type { Case, Rule } from "./rule.ts";

/**
 * A denial without a way out names the last one; an override that was meant to be used and does not count says why.
 * @param keeping the rule that denies, where one does
 */
export function withOverride(
  text: string,
  asked: Pick<Case, "change">,
  { override, now, keeping }: { override: Override; now: Date; keeping?: Rule },
): string {
  if (keeping?.noOverride === true) {
    if (override.is === "none") return text;
    return `${text}\n  (the annotation ${OVERRIDE} does not count for ${keeping.name}: it keeps what is another StatefulSet's)`;
  }
  if (override.is === "void")
    return `${text}\n  (its annotation ${OVERRIDE} does not count: ${override.why})`;
  if (text.includes("\n")) return text;
  const value = `${example(now)} why it must be`;
  const must =
    "If it must be all the same: for at most 24 h, on the record, write why and then ask again, with";
  return asked.change.operation === "CREATE"
    ? `${text}. ${must} this annotation on the StatefulSet\n  ${OVERRIDE}: "${value}"`
    : `${text}. ${must}\n  ${annotate(asked, OVERRIDE, value)}`;
}

// Decides a change from its evidence. Pure, and the same for the webhook and for `rollcall check`.

import { addOverrideHint } from "./addOverrideHint.ts";
import { denyByRule, denyWithCode, type GuardDenial } from "./codes.ts";
import type { Evidence, EvidenceKind, UnknownReason } from "./evidence.ts";
import { buildMessage, INSPECT_LOG, openDenial } from "./messages.ts";
import type { Span } from "./ordinals.ts";
import type { Override } from "./overrides.ts";
import { type CommandGroup, isGuarded, type Rule, type ScaleDownReview } from "./rule.ts";
import { SCALE_DOWN_RULES } from "./rules/scaleDownRules.ts";

export type ScaleDownDecision =
  | {
      readonly allowed: true;
      /** a denial that was overridden */
      readonly overridden: GuardDenial | null;
      /** ordinals that must be recorded, since there will be no pods to count */
      readonly toRecord: Span | null;
    }
  | { readonly allowed: false; readonly denial: GuardDenial };

/** The rules that apply, in order. */
export const selectRules = (
  review: ScaleDownReview,
  rules: readonly Rule[] = SCALE_DOWN_RULES,
): readonly Rule[] => rules.filter(({ appliesTo }) => appliesTo(review));

/** The evidence that the decision needs. None if no rule applies, so that other changes depend on nothing. */
export function listNeededEvidence(review: ScaleDownReview): ReadonlySet<EvidenceKind> {
  const rules = selectRules(review);
  const kinds = new Set(rules.flatMap(({ needs }) => needs));
  // in a terminating namespace every deletion is allowed
  if (review.change.operation === "DELETE" && rules.length > 0) kinds.add("namespace");
  return kinds;
}

/**
 * Decides a change. The first rule that objects makes the denial.
 * @param override of the StatefulSet as it would be
 * @param unavailable the message where evidence is missing
 */
export function decideScaleDown(
  review: ScaleDownReview,
  evidence: Evidence,
  given: {
    override: Override;
    now: Date;
    rules?: readonly Rule[];
    unavailable?: (review: ScaleDownReview, reason: UnknownReason) => string;
  },
): ScaleDownDecision {
  const { override, now, rules = SCALE_DOWN_RULES, unavailable = explainUnavailable } = given;
  if (isEnding(review, evidence)) return { allowed: true, overridden: null, toRecord: null };
  const toRecord = getOrdinalsToRecord(review);
  let overridden: GuardDenial | null = null;
  for (const each of selectRules(review, rules)) {
    const found = evaluateRule(each, review, evidence, unavailable);
    if (found === null) continue;
    const { denial, offered, lastResort } = found;
    if (override.is !== "valid" || each.noOverride) {
      const message = addOverrideHint(denial.message, review, {
        override,
        now,
        rule: each,
        offered,
        lastResort,
      });
      return { allowed: false, denial: { ...denial, message } };
    }
    overridden ??= denial;
  }
  return { allowed: true, overridden, toRecord };
}

function isEnding({ change }: ScaleDownReview, { namespace }: Evidence): boolean {
  return change.operation === "DELETE" && "known" in namespace && namespace.known.terminating;
}

function evaluateRule(
  each: Rule,
  review: ScaleDownReview,
  evidence: Evidence,
  unavailable: (review: ScaleDownReview, reason: UnknownReason) => string,
): { denial: GuardDenial; offered: boolean; lastResort?: CommandGroup | undefined } | null {
  const finding = each.evaluate(review, evidence);
  if (finding === null) return null;
  if ("message" in finding) {
    const { message, offerOverride = false, lastResort } = finding;
    return { denial: denyByRule(each, message), offered: offerOverride, lastResort };
  }
  const unknown = `cannot evaluate rule ${each.name} (${each.code}): ${finding.unknown}`;
  const text = unavailable(review, { ...finding, unknown });
  return { denial: denyWithCode("state-unavailable", text), offered: true };
}

/** The message where something could not be read or written. */
export const explainUnavailable = (review: ScaleDownReview, { unknown, remedy }: UnknownReason): string =>
  remedy === undefined
    ? buildMessage(
        `${openDenial(review, unknown)} Retry; if this persists, look at the API server and the webhook's log.`,
        INSPECT_LOG,
      ).message
    : `${openDenial(review, unknown)} Retrying does not help. ${remedy}`;

/** After a scale-down to zero no pods are left to count, so the record keeps how many there were. */
function getOrdinalsToRecord(review: ScaleDownReview): Span | null {
  const { before } = review.change;
  if (!isGuarded(review) || before === null || before.ordinals.replicas === 0) return null;
  // its pods were never protected by this profile
  if (before.profile === null) return null;
  return review.toZero || review.change.operation === "DELETE" ? before.ordinals : null;
}

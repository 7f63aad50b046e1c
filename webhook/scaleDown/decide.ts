// Decides a change from its evidence. Pure, and the same for the webhook and for `rollcall check`.

import { denyBeside, denyBy, type GuardDenial } from "./codes.ts";
import type { Evidence, EvidenceKind } from "./evidence.ts";
import { openDenial } from "./messages.ts";
import type { Span } from "./ordinals.ts";
import { withOverride } from "./overrideHint.ts";
import type { Override } from "./overrides.ts";
import { type Case, isGuarded, type Rule } from "./rule.ts";
import { RULES } from "./rules/all.ts";

export type Verdict =
  | {
      readonly allowed: true;
      /** a denial that was overridden */
      readonly overridden: GuardDenial | null;
      /** ordinals that must be recorded, since there will be no pods to count */
      readonly toRecord: Span | null;
    }
  | { readonly allowed: false; readonly denial: GuardDenial };

/** The rules that apply, in order. */
export const rulesFor = (asked: Case, rules: readonly Rule[] = RULES): readonly Rule[] =>
  rules.filter(({ concerns }) => concerns(asked));

/** The evidence that the decision needs. None if no rule applies, so that other changes depend on nothing. */
export function neededFor(asked: Case): ReadonlySet<EvidenceKind> {
  const rules = rulesFor(asked);
  const kinds = new Set(rules.flatMap(({ needs }) => needs));
  // in a terminating namespace every deletion is allowed
  if (asked.change.operation === "DELETE" && rules.length > 0) kinds.add("namespace");
  return kinds;
}

/**
 * Decides a change. The first rule that objects makes the denial.
 * @param override of the StatefulSet as it would be
 * @param unavailable how to say that evidence is missing
 */
export function decide(
  asked: Case,
  evidence: Evidence,
  given: {
    override: Override;
    now: Date;
    rules?: readonly Rule[];
    unavailable?: (asked: Case, why: string) => string;
  },
): Verdict {
  const { override, now, rules = RULES, unavailable = denyUnavailable } = given;
  if (isEnding(asked, evidence)) return { allowed: true, overridden: null, toRecord: null };
  const toRecord = recordedBy(asked);
  let overridden: GuardDenial | null = null;
  for (const each of rulesFor(asked, rules)) {
    const found = judge(each, asked, evidence, unavailable);
    if (found === null) continue;
    const { denial, offered } = found;
    if (override.is !== "valid" || each.noOverride) {
      const message = withOverride(denial.message, asked, { override, now, keeping: each, offered });
      return { allowed: false, denial: { ...denial, message } };
    }
    overridden ??= denial;
  }
  return { allowed: true, overridden, toRecord };
}

function isEnding({ change }: Case, { namespace }: Evidence): boolean {
  return change.operation === "DELETE" && "known" in namespace && namespace.known.terminating;
}

function judge(
  each: Rule,
  asked: Case,
  evidence: Evidence,
  unavailable: (asked: Case, why: string) => string,
): { denial: GuardDenial; offered: boolean } | null {
  const finding = each.decide(asked, evidence);
  if (finding === null) return null;
  if ("message" in finding)
    return { denial: denyBy(each, finding.message), offered: finding.offerOverride === true };
  const why = `cannot evaluate rule ${each.name} (${each.code}): ${finding.unknown}`;
  return { denial: denyBeside("state-unavailable", unavailable(asked, why)), offered: true };
}

const denyUnavailable = (asked: Case, why: string): string =>
  `${openDenial(asked, why)} Retry when this information is available.`;

/** After a scale-down to zero no pods are left to count, so the record keeps how many there were. */
function recordedBy(asked: Case): Span | null {
  const { before } = asked.change;
  if (!isGuarded(asked) || before === null || before.ordinals.replicas === 0) return null;
  // its pods were never protected by this profile
  if (before.profile === null) return null;
  return asked.toZero || asked.change.operation === "DELETE" ? before.ordinals : null;
}

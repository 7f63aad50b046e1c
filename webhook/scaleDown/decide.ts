// The decision: a case and its evidence in, a verdict out. Pure, and the same for the webhook and for `rollcall check`.

import { denyBeside, denyBy, type GuardDenial } from "./codes.ts";
import type { Evidence, EvidenceKind } from "./evidence.ts";
import { setOf } from "./messages.ts";
import type { Span } from "./ordinals.ts";
import { withOverride } from "./overrideHint.ts";
import type { Override } from "./overrides.ts";
import { type Case, isGuarded, type Rule } from "./rule.ts";
import { RULES } from "./rules/all.ts";

export type Verdict =
  | {
      readonly allowed: true;
      /** a denial that the override has let through */
      readonly overridden: GuardDenial | null;
      /** ordinals that the record must hold from now on: there will be no pods to count */
      readonly toRecord: Span | null;
    }
  | { readonly allowed: false; readonly denial: GuardDenial };

/** The rules that have something to judge in a case, in order. */
export const rulesFor = (asked: Case, rules: readonly Rule[] = RULES): readonly Rule[] =>
  rules.filter(({ concerns }) => concerns(asked));

/** What must be asked before a case can be decided; nothing where nothing goes. */
export function neededFor(asked: Case): ReadonlySet<EvidenceKind> {
  const rules = rulesFor(asked);
  const kinds = new Set(rules.flatMap(({ needs }) => needs));
  // a namespace on its way out takes its sets with it, whatever any rule says
  if (asked.change.operation === "DELETE" && rules.length > 0) kinds.add("namespace");
  return kinds;
}

/**
 * Decides a case. The first rule that has something against it is the one that is told.
 * @param override of the StatefulSet as it would be
 */
export function decide(
  asked: Case,
  evidence: Evidence,
  given: { override: Override; now: Date; rules?: readonly Rule[] },
): Verdict {
  const { override, now, rules = RULES } = given;
  if (isEnding(asked, evidence)) return { allowed: true, overridden: null, toRecord: null };
  const toRecord = recordedBy(asked);
  let overridden: GuardDenial | null = null;
  for (const each of rulesFor(asked, rules)) {
    const denial = judge(each, asked, evidence);
    if (denial === null) continue;
    if (override.is !== "valid" || each.noOverride) {
      return {
        allowed: false,
        denial: { ...denial, message: withOverride(denial.message, asked, { override, now, keeping: each }) },
      };
    }
    overridden ??= denial;
  }
  return { allowed: true, overridden, toRecord };
}

function isEnding({ change }: Case, { namespace }: Evidence): boolean {
  return change.operation === "DELETE" && "known" in namespace && namespace.known.terminating;
}

function judge(each: Rule, asked: Case, evidence: Evidence): GuardDenial | null {
  const finding = each.decide(asked, evidence);
  if (finding === null) return null;
  if ("message" in finding) return denyBy(each, finding.message);
  return denyBeside(
    "state-unavailable",
    `${setOf(asked)}: rule ${each.name} (${each.code}) could not be judged: ${finding.unknown}. Try again when that can be asked`,
  );
}

/** When all pods go at once there is nobody left to count: the record remembers how many there were. */
function recordedBy(asked: Case): Span | null {
  const { before } = asked.change;
  if (!isGuarded(asked) || before === null || before.ordinals.replicas === 0) return null;
  // its pods were never this profile's: none of them will be missed
  if (before.profile === null) return null;
  return asked.toZero || asked.change.operation === "DELETE" ? before.ordinals : null;
}

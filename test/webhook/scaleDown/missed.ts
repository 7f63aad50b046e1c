// Checks whether a rule is needed: it denies a case that no other rule denies.

import { decideScaleDown } from "../../../webhook/scaleDown/decide.ts";
import type { Evidence } from "../../../webhook/scaleDown/evidence.ts";
import type { Override } from "../../../webhook/scaleDown/overrides.ts";
import type { Rule, ScaleDownReview } from "../../../webhook/scaleDown/rule.ts";
import { NOW } from "./language/judge.ts";

/** A case with the input of its decision. */
export interface PosedCase {
  readonly name: string;
  readonly asked: ScaleDownReview;
  readonly evidence: Evidence;
  readonly override: Override;
}

/**
 * Explains why a rule is not needed: no case makes it deny, or another rule denies each of its cases.
 * @returns null if it is needed
 */
export function explainUnmissed(
  rule: Rule,
  rules: readonly Rule[],
  cases: readonly PosedCase[],
): string | null {
  const others = rules.filter((other) => other !== rule);
  const denied = cases.filter((one) => denies(rule, one));
  if (denied.length === 0) return `no case makes ${formatRuleName(rule)} deny; ${ADD_ONE}`;
  if (denied.some((one) => isLetGo(one, rules, others))) return null;
  const instead = Map.groupBy(denied, (one) => others.find((other) => denies(other, one)));
  const each = [...instead].map(
    ([other, those]) =>
      `${other === undefined ? "no rule at all" : formatRuleName(other)} denies ${those.map(({ name }) => name).join(", ")}`,
  );
  return `${formatRuleName(rule)} keeps nothing that others do not: without it ${each.join("; ")}; ${ADD_ONE}`;
}

const ADD_ONE = "add a case to test/webhook/scaleDown/cases that only this rule denies";

const formatRuleName = ({ name, code }: Rule): string => `${name} (${code})`;

const denies = (rule: Rule, { asked, evidence }: PosedCase): boolean =>
  rule.appliesTo(asked) && rule.evaluate(asked, evidence) !== null;

/** Whether a case is denied, or overridden, by all rules but not by these others. */
function isLetGo(one: PosedCase, rules: readonly Rule[], others: readonly Rule[]): boolean {
  const { asked, evidence, override } = one;
  const [all, fewer] = [rules, others].map((some) =>
    decideScaleDown(asked, evidence, { override, now: NOW, rules: some }),
  );
  if (all === undefined || !fewer?.allowed) return false;
  return !all.allowed || all.overridden?.code !== fewer.overridden?.code;
}

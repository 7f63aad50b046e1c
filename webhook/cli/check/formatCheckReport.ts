// Formats the report of `rollcall check` (docs/architecture.md#command-line): the change, the reason, commands, and the
// verdict on the last line.
import { isRecord } from "../documents.ts";
import { formatTable } from "../formatTable.ts";
import { type Paint, removeControls } from "../terminal.ts";
import type { CheckResult } from "./checkReview.ts";
import { describeReplicaChange, describeSizes, isWouldDeny } from "./words.ts";

/** Ends with the overall verdict. */
export function formatCheckReport(judged: readonly CheckResult[], paint: Paint, isStrict: boolean): string {
  const [only] = judged;
  if (judged.length === 1 && only !== undefined)
    return `${describeDetails(only)}${paint(...applyStrict(describeVerdict(only), judged, isStrict))}\n`;
  const details = judged.filter(hasDetails).map((each) => `${describeDetails(each)}\n`);
  return `${formatResultTable(judged)}\n${details.join("")}${paint(...applyStrict(describeOverall(judged), judged, isStrict))}\n`;
}

type MarkedText = ["√" | "×", string];

/** With --strict a change is not allowed if that depends on an assumption. */
function applyStrict(verdict: MarkedText, judged: readonly CheckResult[], isStrict: boolean): MarkedText {
  const assuming = judged.filter(({ decision }) => decision.allowed && decision.assumed.length > 0);
  if (verdict[0] === "×" || !isStrict || assuming.length === 0) return verdict;
  const names = assuming.map(({ review }) => `${review.namespace}/${review.name}`).join(", ");
  return ["×", `× unknown: allowed only if the assumptions are true (--strict): ${names}`];
}

function describeVerdict({ decision, unknown, condition = ASSUMED }: CheckResult): MarkedText {
  const { allowed, rule, code, warnings, assumed } = decision;
  if (!allowed) return ["×", `× ${unknown ? "unknown, so not allowed" : "denied"}: ${code} ${rule}`];
  if (warnings.some(isWouldDeny)) return ["√", "√ allowed, since the profile is in mode Warn"];
  return ["√", assumed.length > 0 ? `√ allowed if ${condition}` : "√ allowed"];
}

const ASSUMED = "what is assumed above is true";

const isOverride = (warning: string): boolean => /^rollcall RC027 override-used: /.test(warning);

function describeOverall(judged: readonly CheckResult[]): MarkedText {
  const denied = judged.filter(({ decision, unknown }) => !decision.allowed && !unknown).length;
  const unknown = judged.filter((each) => each.unknown).length;
  if (denied + unknown === 0) {
    const isAssumed = judged.some(({ decision }) => decision.assumed.length > 0);
    return ["√", `√ allowed${isAssumed ? ` if ${ASSUMED}` : ""}: all ${judged.length} StatefulSets`];
  }
  const counts = [denied > 0 ? `${denied} denied` : "", unknown > 0 ? `${unknown} unknown` : ""];
  return ["×", `× ${counts.filter(Boolean).join(", ")}, of ${judged.length} StatefulSets`];
}

function formatResultTable(judged: readonly CheckResult[]): string {
  const rows = judged.map(({ review, decision, unknown }) => [
    formatShortVerdict({ review, decision, unknown }),
    review.namespace,
    review.name,
    readProfileLabel({ review }),
    describeReplicaChange(review),
    decision.allowed ? "" : `${decision.code} ${decision.rule}`,
  ]);
  return formatTable(["VERDICT", "NAMESPACE", "NAME", "PROFILE", "CHANGE", "RULE"], rows);
}

function formatShortVerdict({ decision, unknown }: CheckResult): string {
  if (!decision.allowed) return unknown ? "× unknown" : "× denied";
  return decision.assumed.length > 0 ? "√ allowed if assumed" : "√ allowed";
}

/** The profile that governs the change: the one before it, or that of a new StatefulSet. */
function readProfileLabel({ review }: Pick<CheckResult, "review">): string {
  const labels = (review.old ?? review.set)?.spec.template.metadata?.labels;
  const label = isRecord(labels) ? labels["rollcall.dev/profile"] : undefined;
  return typeof label === "string" ? label : "";
}

const hasDetails = ({ decision }: CheckResult): boolean =>
  !decision.allowed || decision.assumed.length > 0 || decision.warnings.length > 0;

function describeDetails({ review, decision, unknown }: CheckResult): string {
  const { removed, assumed, warnings } = decision;
  const change = describeSizes(review);
  const lines = [
    `${change}; ${removed.length === 0 ? "no pods removed" : `pods removed: ${formatPodNames(review.name, removed)}`}`,
    explainDecision({ review, decision, unknown }, change),
    ...(assumed.length > 0 ? ["assumed, since only a cluster knows:"] : []),
    ...assumed.map((each) => `  - ${each}`),
    ...warnings.map((each) => `Warning: ${each}`),
  ];
  return `${lines.map(removeControls).join("\n")}\n`;
}

/** @param change the start of the report, which is not repeated */
function explainDecision({ review, decision }: CheckResult, change: string): string {
  const { message, warnings } = decision;
  if (message !== change)
    return message.startsWith(`${change}: `) ? message.slice(change.length + 2) : message;
  if (warnings.some(isWouldDeny)) return "mode Warn denies nothing; see the warnings";
  if (warnings.some(isOverride))
    return "a rule denies the change, but the override allows it; see the warnings";
  const reason = "no rule denies the change";
  return review.set === null ? `${reason}; minReplicas applies to scale-downs, not to deletions` : reason;
}

/** Highest ordinal first, the order of removal. */
function formatPodNames(name: string, removed: readonly number[]): string {
  const shown = removed
    .slice(-10)
    .reverse()
    .map((ordinal) => `${name}-${ordinal}`);
  return removed.length > 10 ? `${shown.join(", ")} and ${removed.length - 10} more` : shown.join(", ");
}

// The answer of `rollcall check` in words (docs/architecture.md#command-line): what, why, the command; the verdict line
// last.
import { isRecord } from "../documents.ts";
import { formatTable } from "../formatTable.ts";
import type { CheckResult } from "./checkReview.ts";
import { describeReplicaChange, describeSizes, isWouldDeny } from "./words.ts";

/** Colours an answer's mark; plain where there is no terminal. */
export type Paint = (mark: "√" | "×", text: string) => string;

const PLAIN: Paint = (_, text) => text;
const COLOURS: Paint = (mark, text) => `\u001b[${mark === "√" ? 32 : 31}m${text}\u001b[0m`;

/** Colour is for terminals, and NO_COLOR (any value but none) turns it off there, too. */
export const choosePaint = (isTerminal: boolean, noColor: string | undefined): Paint =>
  isTerminal && !noColor ? COLOURS : PLAIN;

/** All decisions as text; ends with the one verdict of all. */
export function formatCheckReport(judged: readonly CheckResult[], paint: Paint, isStrict: boolean): string {
  const [only] = judged;
  if (judged.length === 1 && only !== undefined)
    return `${describeDetails(only)}${paint(...asStrict(describeVerdict(only), judged, isStrict))}\n`;
  const details = judged.filter(hasDetails).map((each) => `${describeDetails(each)}\n`);
  return `${formatResultTable(judged)}\n${details.join("")}${paint(...asStrict(overall(judged), judged, isStrict))}\n`;
}

type MarkedText = ["√" | "×", string];

/** With --strict what rests on an assumption is not allowed. */
function asStrict(verdict: MarkedText, judged: readonly CheckResult[], isStrict: boolean): MarkedText {
  const rests = judged.filter(({ decision }) => decision.allowed && decision.assumed.length > 0);
  if (verdict[0] === "×" || !isStrict || rests.length === 0) return verdict;
  const names = rests.map(({ review }) => `${review.namespace}/${review.name}`).join(", ");
  return ["×", `× not known: allowed only if what was taken as good is so (--strict): ${names}`];
}

function describeVerdict({ decision, unknown }: CheckResult): MarkedText {
  const { allowed, rule, code, warnings } = decision;
  if (!allowed) return ["×", `× ${unknown ? "not known, so not allowed" : "denied"}: ${code} ${rule}`];
  return ["√", `√ allowed${warnings.some(isWouldDeny) ? ", since the profile is in mode Warn" : ""}`];
}

const isOverride = (warning: string): boolean => /^rollcall RC027 override-used: /.test(warning);

function overall(judged: readonly CheckResult[]): MarkedText {
  const denied = judged.filter(({ decision, unknown }) => !decision.allowed && !unknown).length;
  const unknown = judged.filter((each) => each.unknown).length;
  if (denied + unknown === 0) return ["√", `√ allowed: all ${judged.length} StatefulSets`];
  const counts = [denied > 0 ? `${denied} denied` : "", unknown > 0 ? `${unknown} not known` : ""];
  return ["×", `× ${counts.filter(Boolean).join(", ")}, of ${judged.length} StatefulSets`];
}

function formatResultTable(judged: readonly CheckResult[]): string {
  const rows = judged.map(({ review, decision, unknown }) => [
    decision.allowed ? "√ allowed" : unknown ? "× not known" : "× denied",
    review.namespace,
    review.name,
    readProfileLabel({ review }),
    describeReplicaChange(review),
    decision.allowed ? "" : `${decision.code} ${decision.rule}`,
  ]);
  return formatTable(["VERDICT", "NAMESPACE", "NAME", "PROFILE", "CHANGE", "RULE"], rows);
}

/** The label of the set as it is; of a new one as it would be. */
function readProfileLabel({ review }: Pick<CheckResult, "review">): string {
  const labels = (review.old ?? review.set)?.spec.template.metadata?.labels;
  const label = isRecord(labels) ? labels["rollcall.dev/profile"] : undefined;
  return typeof label === "string" ? label : "";
}

const hasDetails = ({ decision }: CheckResult): boolean =>
  !decision.allowed || decision.assumed.length > 0 || decision.warnings.length > 0;

function describeDetails({ review, decision, unknown }: CheckResult): string {
  const { removed, assumed, warnings } = decision;
  const what = describeSizes(review);
  const lines = [
    `${what}; ${removed.length === 0 ? "no pod goes" : `pods that go: ${formatPodNames(review.name, removed)}`}`,
    why({ review, decision, unknown }, what),
    ...(assumed.length > 0 ? ["taken as good, only a cluster can tell:"] : []),
    ...assumed.map((each) => `  - ${each}`),
    ...warnings.map((each) => `Warning: ${each}`),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** What is said already is not said twice. */
function why({ review, decision }: CheckResult, what: string): string {
  const { message, warnings } = decision;
  if (message !== what) return message.startsWith(`${what}: `) ? message.slice(what.length + 2) : message;
  if (warnings.some(isWouldDeny)) return "nothing is denied in mode Warn; see the warnings";
  if (warnings.some(isOverride))
    return "a rule denies it, and the override lets it through; see the warnings";
  const nothing = "no rule has anything against it";
  // a deletion is no drop, which whoever reads minReplicas does not expect
  return review.set === null
    ? `${nothing}; minReplicas is about a scale-down, not about a deletion`
    : nothing;
}

/** Highest first: so they go. */
function formatPodNames(name: string, removed: readonly number[]): string {
  const shown = removed
    .slice(-10)
    .reverse()
    .map((ordinal) => `${name}-${ordinal}`);
  return removed.length > 10 ? `${shown.join(", ")} and ${removed.length - 10} more` : shown.join(", ");
}

/** What stands in a user's file must not steer a terminal. */
const printable = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, " ");

// The result of each check: what was found, why it matters, and commands that mend it.
import { shorten } from "../../kubernetes/shorten.ts";
import { removeControls } from "../terminal.ts";

/** From good to bad; the status of a check is that of its worst finding. */
export const STATUSES = ["ok", "info", "warning", "unknown", "fault"] as const;

export type CheckStatus = (typeof STATUSES)[number];

export interface CheckFinding {
  readonly status: Exclude<CheckStatus, "ok">;
  /** one sentence: what is wrong, on which object */
  readonly message: string;
  /** one sentence: what follows from it */
  readonly why: string;
  /** to paste; a line that begins with # explains the next one */
  readonly commands: readonly string[];
}

export interface CheckOutcome {
  /** the sentence if there are no findings */
  readonly good: string;
  readonly findings: readonly CheckFinding[];
}

/** A check, and what it looks at. */
export interface CheckTopic {
  readonly group: string;
  readonly name: string;
  readonly looksAt: string;
}

export interface CheckReport extends CheckTopic {
  readonly status: CheckStatus;
  /** the sentence if all is good, otherwise that of the worst finding */
  readonly message: string;
  readonly findings: readonly CheckFinding[];
}

/** Longer than every sentence of ours; names and messages of the cluster are cut earlier. */
const LONGEST_TEXT = 2_000;

/** More findings of one check are counted only. */
const MOST_FINDINGS = 20;

/** Makes the report of a check. Text of the cluster is bounded, and has no control characters. */
export function reportCheck(
  { group, name, looksAt }: CheckTopic,
  { good, findings }: CheckOutcome,
): CheckReport {
  const sorted = [...findings].sort((a, b) => rank(b.status) - rank(a.status));
  const [worst] = sorted;
  const shown = sorted.slice(0, MOST_FINDINGS).map(cleanFinding);
  const rest = sorted.length - shown.length;
  const more: CheckFinding[] =
    rest > 0
      ? [{ status: "info", message: `${rest} more of this kind are not shown`, why: "", commands: [] }]
      : [];
  return {
    group,
    name,
    looksAt,
    status: worst?.status ?? "ok",
    message: cleanText(worst?.message ?? good),
    findings: [...shown, ...more],
  };
}

const rank = (status: CheckStatus): number => STATUSES.indexOf(status);

const cleanFinding = ({ status, message, why, commands }: CheckFinding): CheckFinding => ({
  status,
  message: cleanText(message),
  why: cleanText(why),
  commands: commands.map(cleanText),
});

const cleanText = (text: string): string =>
  removeControls(shorten(text, LONGEST_TEXT)).replaceAll("\n", " ").toWellFormed();

/** A text of the cluster as a part of a sentence. */
export const quoteFromCluster = (text: string, most = 400): string =>
  removeControls(shorten(text, most)).replaceAll(/\s+/g, " ").trim();

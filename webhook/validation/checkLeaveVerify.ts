// Finds a leave.verify that proves nothing, so that a pod counts as having left although it has not. A heuristic on the text
// of the command: it warns only of forms that no sensible verify has, and misses others.

import { formatWarning } from "../denials/codes.ts";
import type { Profile } from "../profiles/profile.ts";

const SHELL = /^(?:.*\/)?(?:sh|bash|dash|ash|zsh|ksh)$/;
/** Shell options that end with c, such as -ec; the script follows. */
const SCRIPT_FOLLOWS = /^-[a-z]*c$/;

/** A single | is no beginning: what precedes it may be output that was captured before. */
const COMMAND_BEGINS = String.raw`(?:^|[;&({\n]|\|\||\b(?:if|then|do|else|elif|while|until)\s)\s*`;
/** Searches output that was captured before, where a failure of the command was visible. */
const CAPTURED = String.raw`(?:echo|printf)\s`;
const SEARCHED = String.raw`[^;&|\n]{0,500}\|[^;&\n]{0,500}\bgrep\b`;

/** Each of these succeeds if the command before the pipe fails. */
const ABSENCES: readonly RegExp[] = [
  new RegExp(`${COMMAND_BEGINS}!\\s+(?!${CAPTURED})${SEARCHED}`),
  new RegExp(
    `${COMMAND_BEGINS}(?!${CAPTURED}|!)\\w${SEARCHED}[^;&\\n|]{0,500}(?:&&|;\\s*then|\\n\\s*then)\\s*(?:exit\\s+[1-9]|false)`,
  ),
  new RegExp(String.raw`(?:\btest|\[)\s+(?:-z|!\s+-n)\s+"?\$\((?!\s*${CAPTURED})`),
  new RegExp(
    String.raw`\$\((?!\s*${CAPTURED})[^)\n]{0,500}\bgrep\s+-\w*c[^)\n]{0,500}\)"?\s*(?:=|==|-eq)\s*"?0\b`,
  ),
];

/** The same, unless the shell fails a pipe of which one command fails. */
const NEGATED_IN_PIPE = new RegExp(
  String.raw`${COMMAND_BEGINS}(?!${CAPTURED}|!)\w[^;&|\n]{0,500}\|[^;&\n]{0,500}[({]\s*!\s+grep\b`,
);

/**
 * The whole script is a list of members that is searched for any line without the own name: the header and each other
 * member are such lines. Of a single line, such as the leader's name, grep -v would be right.
 */
const ANY_OTHER_LINE = new RegExp(
  String.raw`^\s*(?:(?:set\s[\w\s+-]{1,40}|sleep\s+[\w.]{1,10})(?:;|&&|\n)\s*)*(?!${CAPTURED})(\w[^;&|<>\n]{0,500})\|\s*[ef]?grep(?:\s+-[\w-]+){0,9}?\s+(?:-\w*v\w*|--invert-match)\s[^;&|<>\n]{0,500}$`,
);
const MEMBER_LIST = /(?:^|[\s_-])(?:list|members|nodes|peers|brokers|servers|cluster[_-]status)(?=[\s_-]|$)/;
/** Output of one line, of which grep -v tells something. */
const ONE_LINE = /count|json|leader/i;

/** Programs that always exit with 0. */
const ALWAYS_GOOD = /^(?:.*\/)?(?::|true|echo|printf|sleep)$/;
const TRIVIAL_SCRIPT = /^\s*(?::|true|exit\s+0|(?:echo|printf|sleep)\s[\w\s."'-]*)[\s;]*$/;
/** What precedes a last command that always succeeds. */
const BEFORE_SUCCESS = /^(.*)(?:;|\|\||\n)\s*(?::|true|exit\s+0)[\s;]*$/s;
/** A script with one of these may end earlier, or wait until something holds. */
const MAY_END_EARLIER = /\b(?:exit|exec|kill|return|set|trap|until|while|for)\b|\$\{[^}]*\?|(?:^|\s)#/;
const IS_CONTINUED = /(?:&&|\||\\)\s*$/;

/** Bounds the search in the text of a profile. */
const LONGEST_TEXT = 4096;

export function checkLeaveVerify({ name, work }: Pick<Profile, "name" | "work">): string[] {
  const fault = findVerifyFault(work?.leave?.verify ?? []);
  return fault === null
    ? []
    : [formatWarning("leave-verify-negative", `scaleDown.leave.verify of profile ${name} ${fault}`)];
}

function findVerifyFault(verify: readonly string[]): string | null {
  const [program = ""] = verify;
  if (ALWAYS_GOOD.test(program)) return CANNOT_FAIL;
  const at = SHELL.test(program) ? verify.findIndex((word) => SCRIPT_FOLLOWS.test(word)) : -1;
  const whole = at < 0 ? "" : (verify[at + 1] ?? "");
  const text = joinLines(whole.slice(0, LONGEST_TEXT));
  if (ABSENCES.some((absence) => absence.test(text))) return SEES_AN_ABSENCE;
  if (NEGATED_IN_PIPE.test(text) && !/\bpipefail\b/.test(verify.join(" "))) return SEES_AN_ABSENCE;
  const isCut = whole.length > LONGEST_TEXT;
  if (!isCut && isListSearchedForOthers(text)) return SEES_OTHERS;
  const endsOnError = verify.slice(1, at + 1).some((word) => /^-\w*e|^errexit$/.test(word));
  return !isCut && alwaysSucceeds(text, endsOnError) ? CANNOT_FAIL : null;
}

/** Without empty lines and indentation, on which the patterns would take quadratic time. */
const joinLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");

function isListSearchedForOthers(text: string): boolean {
  const list = ANY_OTHER_LINE.exec(text)?.[1] ?? "";
  return MEMBER_LIST.test(list) && !ONE_LINE.test(list);
}

/** @param endsOnError the shell ends at the first command that fails */
function alwaysSucceeds(text: string, endsOnError: boolean): boolean {
  if (TRIVIAL_SCRIPT.test(text)) return true;
  const before = BEFORE_SUCCESS.exec(text)?.[1];
  if (before === undefined || MAY_END_EARLIER.test(before) || IS_CONTINUED.test(before)) return false;
  if (!endsOnError) return true;
  // `check || true` alone: with another command before it, that one may fail
  return !/[;&\n]/.test(before) && /\|\|\s*(?::|true|exit\s+0)[\s;]*$/.test(text);
}

const SEES_AN_ABSENCE =
  "checks that something is absent, so it also succeeds if its command fails, such as when the peer is down. Check for an " +
  'answer first: out=$(COMMAND) && echo "$out" | grep -q WHAT-STAYS && ! echo "$out" | grep -q WHO-LEFT';
const SEES_OTHERS =
  "succeeds as soon as the list has any other line (grep -v), so also while the pod is still listed. Check that the pod is " +
  'not listed: out=$(COMMAND) && echo "$out" | grep -q WHAT-STAYS && ! echo "$out" | grep -q WHO-LEFT';
const CANNOT_FAIL =
  "cannot fail, so it proves nothing: a pod counts as having left, whatever leave.run did. Check for what leave.run has changed";

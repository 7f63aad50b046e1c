// Finds a leave.verify that checks for an absence: `! COMMAND | grep -q ME` succeeds if COMMAND fails, so a pod counts as
// having left while the peer is down.

import { formatWarning } from "../denials/codes.ts";
import type { Profile } from "../profiles/profile.ts";

const SHELL = /^(?:.*\/)?(?:sh|bash|dash|ash|zsh|ksh)$/;
/** Shell options that end with c, such as -ec; the script follows. */
const SCRIPT_FOLLOWS = /^-[a-z]*c$/;

const COMMAND_BEGINS = String.raw`(?:^|[;&|({\n]|\b(?:if|then|do|else|elif|while|until)\s)\s*`;
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

/** Bounds the search in the text of a profile. */
const LONGEST_TEXT = 4096;

export function checkLeaveVerify({ name, work }: Pick<Profile, "name" | "work">): string[] {
  const verify = work?.leave?.verify ?? [];
  const at = SHELL.test(verify[0] ?? "") ? verify.findIndex((word) => SCRIPT_FOLLOWS.test(word)) : -1;
  const text = (at < 0 ? "" : (verify[at + 1] ?? "")).slice(0, LONGEST_TEXT);
  if (!ABSENCES.some((absence) => absence.test(text))) return [];
  const message =
    `scaleDown.leave.verify of profile ${name} checks that something is absent, so it also succeeds if its command fails, such as when the peer is ` +
    'down. Check for an answer first: out=$(COMMAND) && echo "$out" | grep -q WHAT-STAYS && ! echo "$out" | grep -q WHO-LEFT';
  return [formatWarning("leave-verify-negative", message)];
}

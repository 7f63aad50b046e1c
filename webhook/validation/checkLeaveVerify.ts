// A leave.verify that looks for an absence: `! COMMAND | grep -q ME` holds where COMMAND fails, so a pod counts as having
// left while the peer that was asked is down.

import { formatWarning } from "../denials/codes.ts";
import type { Profile } from "../profiles/profile.ts";

const SHELL = /^(?:.*\/)?(?:sh|bash|dash|ash|zsh|ksh)$/;
/** Options with -c among them, as in -ec. */
const TEXT_FOLLOWS = /^-[a-z]*c$/;

const COMMAND_BEGINS = String.raw`(?:^|[;&|({\n]|\b(?:if|then|do|else|elif|while|until)\s)\s*`;
/** What was asked before and is only searched now: an answer that did not come was seen there. */
const KEPT = String.raw`(?:echo|printf)\s`;
const SEARCHED = String.raw`[^;&|\n]{0,500}\|[^;&\n]{0,500}\bgrep\b`;

/** Each holds, or ends a text with success, where the command before the pipe fails. */
const ABSENCES: readonly RegExp[] = [
  new RegExp(`${COMMAND_BEGINS}!\\s+(?!${KEPT})${SEARCHED}`),
  new RegExp(
    `${COMMAND_BEGINS}(?!${KEPT}|!)\\w${SEARCHED}[^;&\\n|]{0,500}(?:&&|;\\s*then|\\n\\s*then)\\s*(?:exit\\s+[1-9]|false)`,
  ),
  new RegExp(String.raw`(?:\btest|\[)\s+(?:-z|!\s+-n)\s+"?\$\((?!\s*${KEPT})`),
  new RegExp(
    String.raw`\$\((?!\s*${KEPT})[^)\n]{0,500}\bgrep\s+-\w*c[^)\n]{0,500}\)"?\s*(?:=|==|-eq)\s*"?0\b`,
  ),
];

/** More than anybody writes in one line; the rest is not looked at. */
const LONGEST_TEXT = 4096;

export function checkLeaveVerify({ name, work }: Pick<Profile, "name" | "work">): string[] {
  const verify = work?.leave?.verify ?? [];
  const at = SHELL.test(verify[0] ?? "") ? verify.findIndex((word) => TEXT_FOLLOWS.test(word)) : -1;
  const text = (at < 0 ? "" : (verify[at + 1] ?? "")).slice(0, LONGEST_TEXT);
  if (!ABSENCES.some((absence) => absence.test(text))) return [];
  const message =
    `scaleDown.leave.verify of profile ${name} looks for what is missing, so it holds also where its command fails, for example while the peer is ` +
    'down. Let it see an answer first: out=$(COMMAND) && echo "$out" | grep -q WHAT-STAYS && ! echo "$out" | grep -q WHO-LEFT';
  return [formatWarning("leave-verify-negative", message)];
}

// Names and codes of all that the guard denies or warns of: one for each rule, and a few that are no rule's.

import { BRAKE_RULES } from "./podDeletion/rules.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules/all.ts";

/** What is denied before any rule is asked, or told after. */
export const BESIDE_RULES = {
  "request-unreadable": {
    code: "RC001",
    says: "What a request would change cannot be read, so it cannot be judged.",
  },
  "state-unavailable": {
    code: "RC002",
    says: "What a rule rests on could not be found out, so nobody may go.",
  },
  "profile-missing": {
    code: "RC003",
    says: "The profile that would judge a change does not exist, so nobody may go.",
  },
  "override-used": {
    code: "RC027",
    says: "What a rule denied was let through by the annotation rollcall.dev/override.",
  },
} as const;

type BesideRules = keyof typeof BESIDE_RULES;

/** All names with code and sentence, by code. */
export const GUARD_CODES: Readonly<Record<string, { code: string; says: string }>> = Object.fromEntries(
  [
    ...Object.entries<{ code: string; says: string }>(BESIDE_RULES),
    ...[...RULES, ...BRAKE_RULES].map(({ name, code, says }) => [name, { code, says }] as const),
  ].toSorted(([, a], [, b]) => a.code.localeCompare(b.code)),
);

/** A refusal in words for whoever asked, or for the Event that tells it. */
export interface GuardDenial {
  readonly rule: string;
  readonly code: string;
  readonly message: string;
}

export const denyBy = ({ name, code }: Rule, message: string): GuardDenial => ({ rule: name, code, message });

export const denyBeside = (rule: BesideRules, message: string): GuardDenial => ({
  rule,
  code: BESIDE_RULES[rule].code,
  message,
});

/** As users see it: "rollcall RC013 not-drained: …". */
export const sayDenial = ({ rule, code, message }: GuardDenial): string =>
  `rollcall ${code} ${rule}: ${message}`;

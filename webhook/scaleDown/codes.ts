// Names and codes of the guard's denials and warnings: one for each rule, and a few generic ones.

import { POD_DELETION_RULES } from "./podDeletion/rules.ts";
import type { Rule } from "./rule.ts";
import { SCALE_DOWN_RULES } from "./rules/scaleDownRules.ts";

/** Denials and warnings that do not come from a rule. */
export const GENERIC_DENIALS = {
  "request-unreadable": {
    code: "RC001",
    says: "The request cannot be read, so the change is denied.",
  },
  "state-unavailable": {
    code: "RC002",
    says: "Required cluster state is unavailable, so the change is denied.",
  },
  "profile-missing": {
    code: "RC003",
    says: "The StatefulSet's profile does not exist or is not active, so no pod may be removed.",
  },
  "override-used": {
    code: "RC027",
    says: "A denial was overridden by the annotation rollcall.dev/override.",
  },
} as const;

type GenericDenial = keyof typeof GENERIC_DENIALS;

/** All names with code and description, ordered by code. */
export const GUARD_CODES: Readonly<Record<string, { code: string; says: string }>> = Object.fromEntries(
  [
    ...Object.entries<{ code: string; says: string }>(GENERIC_DENIALS),
    ...[...SCALE_DOWN_RULES, ...POD_DELETION_RULES].map(
      ({ name, code, says }) => [name, { code, says }] as const,
    ),
  ].toSorted(([, a], [, b]) => a.code.localeCompare(b.code)),
);

/** A denial, for the response and for Events. */
export interface GuardDenial {
  readonly rule: string;
  readonly code: string;
  readonly message: string;
}

export const denyByRule = ({ name, code }: Rule, message: string): GuardDenial => ({
  rule: name,
  code,
  message,
});

export const denyWithCode = (rule: GenericDenial, message: string): GuardDenial => ({
  rule,
  code: GENERIC_DENIALS[rule].code,
  message,
});

/** As users read it: "rollcall RC013 not-drained: …". */
export const formatGuardDenial = ({ rule, code, message }: GuardDenial): string =>
  `rollcall ${code} ${rule}: ${message}`;

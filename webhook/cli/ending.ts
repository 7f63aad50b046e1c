// How commands end: the exit codes are the same for every command and every output format
// (docs/architecture.md#command-line).

export const CLI_EXIT = {
  ok: 0,
  /** the answer is no: a denial, a failed step */
  no: 1,
  /** usage or bad input: no such file, unreadable YAML, a wrong profile, nothing to work on */
  badInput: 2,
  /** could not find out */
  unknown: 3,
} as const;

export type CliExit = (typeof CLI_EXIT)[keyof typeof CLI_EXIT];

/** Something for the user to mend: exit 2, and the message says what, where and what to do. */
export class BadInput extends Error {}

/** Could not find out: exit 3. */
export class CouldNotAsk extends Error {}

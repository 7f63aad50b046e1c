// Exit codes, which are the same for all commands and output formats (docs/architecture.md#command-line).

export const CLI_EXIT = {
  ok: 0,
  /** the answer is no: a denial, a failed step */
  no: 1,
  /** usage or bad input: no such file, invalid YAML, a faulty profile, nothing to work on */
  badInput: 2,
  /** the answer could not be determined */
  unknown: 3,
} as const;

export type CliExit = (typeof CLI_EXIT)[keyof typeof CLI_EXIT];

/** An error that the user must fix: exit 2. The message says what is wrong, where, and what to do. */
export class BadInput extends Error {}

/** The answer could not be determined: exit 3. */
export class UnknownAnswer extends Error {}

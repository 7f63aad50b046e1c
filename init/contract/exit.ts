// Exit codes of install, run, leave and drain.

export const EXIT = {
  done: 0,
  /** a step failed, or a volume cannot be used */
  failed: 1,
  /** the plan or the command line is invalid */
  badPlan: 2,
  /** plan, marker or volume belong to another pod; nothing was changed */
  identityMismatch: 3,
  lostState: 4,
  /** gave up waiting (EX_TEMPFAIL of sysexits.h) */
  gaveUp: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

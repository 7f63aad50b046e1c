// An error that a person who builds images can solve.

/** An error that says what failed, why and what to do; main prints it without a stack. */
export class BuildProblem extends Error {
  /** 1: the build failed; 2: wrong usage, or a requirement is missing */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "Problem";
    this.exitCode = exitCode;
  }
}

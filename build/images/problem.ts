// What can stop a build of the images, told to the person who started it.

/** An error whose message says what, why and what to do; main prints it without a stack. */
export class BuildProblem extends Error {
  /** 1: the build failed, 2: wrong use, or something that it needs is not there */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "Problem";
    this.exitCode = exitCode;
  }
}

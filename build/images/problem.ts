// An error that a person who builds images can solve, and how commands report it.

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

/** Runs the program of a command, and sets the exit code of this process; a BuildProblem is printed without a stack. */
export async function runMain(main: (words: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof BuildProblem)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

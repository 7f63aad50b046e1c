// The end of a command: its last line, the termination message and the exit code.
import { writeFile } from "node:fs/promises";
import { EXIT } from "../contract/exit.ts";
import { describe, type Failure, getExitCode, listRemedies } from "../engine/failure.ts";
import { formatTerminationMessage, type PodReport } from "../engine/message.ts";

export interface CommandResult {
  readonly failure: Failure | null;
  readonly report: PodReport | null;
  /** the exit code if there is no failure */
  readonly code: number;
}

/** The result for an internal error. */
export const endWithFault = (error: unknown): CommandResult => ({
  failure: {
    name: "unexpected",
    why: error instanceof Error ? (error.stack ?? error.message) : String(error),
  },
  report: null,
  code: EXIT.failed,
});

/**
 * Reports how the command ended.
 * @param terminationLog the file of the termination message; null in the application's container
 * @returns the exit code
 */
export async function reportResult(
  { failure, report, code }: CommandResult,
  terminationLog: string | null,
  log: (line: string) => void,
): Promise<number> {
  log(failure === null ? "done" : describe(failure));
  if (failure !== null) for (const command of listRemedies(failure)) log(command);
  if (terminationLog !== null) {
    try {
      await writeFile(terminationLog, formatTerminationMessage(failure, report));
    } catch {
      log(`cannot write the termination message to ${terminationLog}; it is the line above`);
    }
  }
  return failure === null ? code : getExitCode(failure);
}

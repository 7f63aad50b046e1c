// How a command of the runner ends: its last line, the termination message, the exit code.
import { writeFile } from "node:fs/promises";
import { EXIT } from "../contract/exit.ts";
import { describe, type Failure, getExitCode, listRemedies } from "../engine/failure.ts";
import { formatTerminationMessage, type PodReport } from "../engine/message.ts";

export interface CommandResult {
  readonly failure: Failure | null;
  readonly story: PodReport | null;
  /** where nothing of ours failed: the exit code */
  readonly code: number;
}

/** A fault of our own, as the failure that it is told as. */
export const endWithFault = (error: unknown): CommandResult => ({
  failure: {
    name: "unexpected",
    why: error instanceof Error ? (error.stack ?? error.message) : String(error),
  },
  story: null,
  code: EXIT.failed,
});

/**
 * Says how it ended.
 * @param terminationLog where the kubelet reads last words from; null: in the application's container, whose they are
 * @returns the exit code
 */
export async function tellEnd(
  { failure, story, code }: CommandResult,
  terminationLog: string | null,
  log: (line: string) => void,
): Promise<number> {
  log(failure === null ? "done" : describe(failure));
  if (failure !== null) for (const command of listRemedies(failure)) log(command);
  if (terminationLog !== null) {
    try {
      await writeFile(terminationLog, formatTerminationMessage(failure, story));
    } catch {
      log(`the termination message could not be written to ${terminationLog}; it is the line above`);
    }
  }
  return failure === null ? code : getExitCode(failure);
}

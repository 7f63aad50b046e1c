// How a command of the runner ends: its last line, the termination message, the exit code.
import { writeFile } from "node:fs/promises";
import { EXIT } from "../contract/exit.ts";
import { describe, exitCodeOf, type Failure, remediesOf } from "../engine/failure.ts";
import { type PodReport, terminationMessage } from "../engine/message.ts";

export interface End {
  readonly failure: Failure | null;
  readonly story: PodReport | null;
  /** where nothing of ours failed: the exit code */
  readonly code: number;
}

/** A fault of our own, as the failure that it is told as. */
export const endWithFault = (error: unknown): End => ({
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
  { failure, story, code }: End,
  terminationLog: string | null,
  log: (line: string) => void,
): Promise<number> {
  log(failure === null ? "done" : describe(failure));
  if (failure !== null) for (const command of remediesOf(failure)) log(command);
  if (terminationLog !== null) {
    try {
      await writeFile(terminationLog, terminationMessage(failure, story));
    } catch {
      log(`the termination message could not be written to ${terminationLog}; it is the line above`);
    }
  }
  return failure === null ? code : exitCodeOf(failure);
}

// What the engine needs from the world. Everything nondeterministic arrives through these, so that a test can
// stop the clock, cut the power at any call and end a process as it likes (STYLE, facts/testing.md).

/** The file operations that the marker store makes; each rejects with a Node error that has a `code`. */
export interface Files {
  readText(path: string): Promise<string>;
  /** Makes one folder in a folder that is there; one that exists is fine. */
  makeFolder(path: string): Promise<void>;
  /** Creates a file that must not exist, writes all of the text and syncs it to the disk. */
  writeNewSynced(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Syncs a folder's entries, so that a rename in it outlives a power cut. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** How a child process ended. */
export type ChildEnd =
  | { is: "exited"; code: number }
  | { is: "signaled"; signal: string }
  /** took longer than its limit; `forced` when SIGINT was not enough */
  | { is: "timed-out"; forced: boolean }
  /** we were told to stop, passed it on and waited */
  | { is: "stopped" }
  | { is: "not-started"; why: string };

export interface ChildRequest {
  argv: readonly string[];
  timeoutSeconds: number;
  onLine: (line: string) => void;
}

/** Runs one command to its end; never rejects. */
export type RunChild = (request: ChildRequest) => Promise<ChildEnd>;

export interface World {
  files: Files;
  runChild: RunChild;
  now: () => Date;
  /** resolves after so many milliseconds, or at once when `stop` is aborted */
  pause: (milliseconds: number) => Promise<void>;
  /** at least 0, below 1 */
  random: () => number;
  log: (line: string) => void;
  /** one id for each start of the runner */
  runId: string;
  podUid: string;
  /** aborted when the runner is told to stop */
  stop: AbortSignal;
}

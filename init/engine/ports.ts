// What the engine needs from the world. Everything nondeterministic arrives through these, so that a test can
// stop the clock, cut the power at any call and end a process as it likes (docs/research/testing.md#boundaries).

/** The file operations that the marker store makes; each rejects with a Node error that has a `code`. */
export interface FileSystem {
  /** Of a regular file of at most 1 MiB; no link is followed, and nothing waits for a writer. */
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
  /** beside the container's own, for programs of which we know what they take; no step of a plan gets any */
  env?: Readonly<Record<string, string>>;
  timeoutSeconds: number;
  onLine: (line: string) => void;
  /** aborted when the command must end at once: SIGINT, then SIGKILL, and it counts as stopped */
  abort?: AbortSignal;
  /** how long it may take over SIGINT before it is killed; @default 5 s */
  forceAfterMs?: number;
  /** aborted when it must end within 5 s, whatever it was given before */
  hurry?: AbortSignal;
}

/** Runs one command to its end; never rejects. */
export type RunChild = (request: ChildRequest) => Promise<ChildEnd>;

/** What came of reading an object of S3: one try, no retry behind the engine's back. */
export type GetResult =
  | { is: "object"; text: string; etag: string }
  | { is: "absent" }
  /** `passing`: no answer, or one that another try may change (409, 429, 5xx) */
  | { is: "failed"; why: string; passing: boolean };

/** What came of one try to write an object of S3. */
export type PutResult =
  | { is: "stored"; etag: string }
  /** 412 (or 304 of old servers): the condition did not hold. After a lost answer it may be our own write that stands there */
  | { is: "precondition" }
  /**
   * unknown: no answer or 5xx, so it may have been stored all the same; busy: the server said not now (409, 429),
   * nothing was stored; refused: the server said no for good
   */
  | { is: "failed"; why: string; ends: "unknown" | "busy" | "refused" };

/** Objects of one bucket; each call is one request with a time limit and never rejects. */
export interface ObjectStore {
  /** for messages: endpoint and bucket */
  readonly where: string;
  get(key: string): Promise<GetResult>;
  /** @param condition any: whatever is there; absent: only where nothing is there; etag: only over that version */
  put(key: string, text: string, condition: "any" | "absent" | { etag: string }): Promise<PutResult>;
}

/** One request to the API server with the pod's own token; never rejects. */
export type AskApi = (request: {
  method: "GET" | "POST" | "PUT";
  /** e.g. /api/v1/namespaces/web */
  path: string;
  body?: unknown;
  /** aborted when nobody waits for the answer any more */
  until?: AbortSignal;
}) => Promise<{ status: number; body: unknown } | NoAnswer>;

/** lasting: no later call of this process can have one */
export interface NoAnswer {
  readonly none: string;
  readonly lasting?: true;
}

export interface World {
  files: FileSystem;
  /** null: the plan names no S3 */
  objects: ObjectStore | null;
  /** null: the plan asks the API server for nothing */
  askApi: AskApi | null;
  runChild: RunChild;
  /** what is written down; other pods' clocks may be a minute off, so nothing is decided by it */
  now: () => Date;
  /** milliseconds on a clock that only goes forward, also while the process is stopped: what is decided by time */
  monotonic: () => number;
  /** resolves after so many milliseconds, or at once when `until` is aborted, which is `stop` unless given */
  pause: (milliseconds: number, until?: AbortSignal) => Promise<void>;
  /** at least 0, below 1 */
  random: () => number;
  log: (line: string) => void;
  /** one id for each start of the runner */
  runId: string;
  podUid: string;
  /** aborted when the runner is told to stop */
  stop: AbortSignal;
}

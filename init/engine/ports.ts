// The engine's ports. Everything nondeterministic is passed in through them, so a test can stop the clock, simulate a
// power cut at any call and end a process in any way (docs/research/testing.md#boundaries).

/** The file operations of the marker store. Each rejects with a Node.js error that has a `code`. */
export interface FileSystem {
  /** Reads a regular file of at most 1 MiB. Does not follow links, and does not block on a pipe without a writer. */
  readText(path: string): Promise<string>;
  /** Creates a folder in an existing folder; succeeds if it exists. */
  makeFolder(path: string): Promise<void>;
  /** Creates a file that must not exist, writes the text and syncs it to disk. */
  writeNewSynced(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Syncs a folder's entries, so a rename in it survives a power cut. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** How a child process ended. */
export type ChildEnd =
  | { is: "exited"; code: number }
  | { is: "signaled"; signal: string }
  /** exceeded its limit; `forced` if it ignored SIGINT */
  | { is: "timed-out"; forced: boolean }
  /** the runner was stopped; it forwarded the signal and waited */
  | { is: "stopped" }
  | { is: "not-started"; why: string };

export interface ChildRequest {
  argv: readonly string[];
  /** added to the container's variables, for programs of a preset; steps of a plan get none */
  env?: Readonly<Record<string, string>>;
  timeoutSeconds: number;
  onLine: (line: string) => void;
  /** aborted when the command must stop: SIGINT, then SIGKILL; it ends as `stopped` */
  abort?: AbortSignal;
  /** milliseconds between SIGINT and SIGKILL @default 5 s */
  forceAfterMs?: number;
  /** aborted when the command must end within 5 s, regardless of forceAfterMs */
  forceKill?: AbortSignal;
}

/** Runs one command to its end; never rejects. */
export type RunChild = (request: ChildRequest) => Promise<ChildEnd>;

/** The result of one request for an S3 object, without retries. */
export type GetResult =
  | { is: "object"; text: string; etag: string }
  | { is: "absent" }
  /** isTransient: no answer, or one that a retry may change (409, 429, 5xx) */
  | { is: "failed"; why: string; isTransient: boolean };

/** The result of one request to write an S3 object, without retries. */
export type PutResult =
  | { is: "stored"; etag: string }
  /** 412 (or 304 of old servers): the condition did not hold. After a lost answer the stored version may be our own */
  | { is: "precondition" }
  /**
   * unknown: no answer or 5xx, so it may have been stored; busy: 409 or 429, so nothing was stored; refused: a retry
   * does not help
   */
  | { is: "failed"; why: string; ends: "unknown" | "busy" | "refused" };

/** Objects of one bucket; each call is one request with a time limit and never rejects. */
export interface ObjectStore {
  /** for messages: endpoint and bucket */
  readonly where: string;
  get(key: string): Promise<GetResult>;
  /** @param condition any: unconditional; absent: only if the key does not exist; etag: only if it has that version */
  put(key: string, text: string, condition: "any" | "absent" | { etag: string }): Promise<PutResult>;
}

/** One request to the API server with the pod's own token; never rejects. */
export type AskApi = (request: {
  method: "GET" | "POST" | "PUT";
  /** e.g. /api/v1/namespaces/web */
  path: string;
  body?: unknown;
  /** aborted when the answer is no longer needed */
  until?: AbortSignal;
}) => Promise<{ status: number; body: unknown } | NoAnswer>;

/** lasting: no later call of this process can succeed either */
export interface NoAnswer {
  readonly none: string;
  readonly lasting?: true;
}

export interface World {
  files: FileSystem;
  /** null: the plan names no S3 */
  objects: ObjectStore | null;
  /** null: the plan does not use the API server */
  askApi: AskApi | null;
  runChild: RunChild;
  /** for timestamps only; no decision uses it, because the clocks of pods may differ by a minute */
  now: () => Date;
  /** milliseconds on a monotonic clock that advances while the process is stopped; all timeouts use it */
  monotonic: () => number;
  /** resolves after so many milliseconds, or once `until` is aborted @default until `stop` */
  pause: (milliseconds: number, until?: AbortSignal) => Promise<void>;
  /** at least 0, below 1 */
  random: () => number;
  log: (line: string) => void;
  /** unique for each start of the runner */
  runId: string;
  podUid: string;
  /** aborted when the runner receives a signal to stop */
  stop: AbortSignal;
}

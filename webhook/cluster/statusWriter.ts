// Writes the condition Ready into the status of each object of a resource. Only the leader writes, and only changes. It
// sends a merge patch with the resourceVersion that it read, not a server-side apply: this keeps the conditions of
// other writers whatever the schema says about its lists, and the API server refuses a write that is based on an older
// version.
import { describeFailure, FIELD_MANAGER } from "./api.ts";
import { computeBackoff, sleep, type WaitFunction } from "./backOff.ts";
import { type ApiClient, ApiRefusal, toApiRefusal } from "./call.ts";
import type { Informer } from "./informer.ts";
import { computeReadyStatus, type ReadyVerdict } from "./readyCondition.ts";
import { readNames, type WatchedObject } from "./watchedObject.ts";

/** None of these functions may throw. */
export interface StatusWriterInput {
  readonly api: Pick<ApiClient, "call">;
  /** path of the resource, e.g. /apis/rollcall.dev/v1alpha1/rollcallprofiles */
  readonly path: string;
  /** for messages, e.g. RollcallProfiles */
  readonly what: string;
  readonly objects: Pick<Informer<WatchedObject>, "list" | "refresh">;
  /** null: no verdict yet. A verdict on another uid or generation than the object's is not written. */
  readonly judge: (name: string) => ReadyVerdict | null;
  /** called before each write */
  readonly isLeader: () => boolean;
  /** Called when a failure begins or changes, not at each retry; `null` when it is over. */
  readonly onTrouble: (words: string | null) => void;
  /** dates the transitions @default the local clock */
  readonly now?: () => Date;
  readonly wait?: WaitFunction;
  /** at least 0, below 1 @default Math.random */
  readonly random?: () => number;
}

export interface StatusWriter {
  /** To be called when objects, verdicts or leadership have changed. */
  wake(): void;
  /** Resolves when no write is under way any more. */
  stop(): Promise<void>;
}

/** Concurrent writes. */
const MOST_WRITES = 4;

/** Between two rounds: a verdict that alternates is written at most once a second. */
const ROUND_MS = 1_000;

/** For one write, and for one read after a conflict. */
const PATIENCE_MS = 5_000;

export function startStatusWriter(input: StatusWriterInput): StatusWriter {
  const writer = new Writer(input);
  writer.start();
  return writer;
}

/** A status that must be written. */
interface PendingStatus {
  readonly found: WatchedObject;
  /** the version on which the write is based */
  readonly resourceVersion: string;
  readonly verdict: ReadyVerdict;
  readonly status: object;
}

class Writer implements StatusWriter {
  readonly #input: StatusWriterInput;
  readonly #wait: WaitFunction;
  readonly #stopping = new AbortController();
  /** by name: the result of our write, and the version that it replaced, until the informer has the result */
  readonly #written = new Map<string, { from: string; object: unknown }>();
  /** by name: the verdict that the API server rejected as invalid, and its message */
  readonly #refused = new Map<string, { verdict: string; words: string }>();
  #isAwake = true;
  #onWake: () => void = () => undefined;
  #trouble: string | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(input: StatusWriterInput) {
    this.#input = input;
    this.#wait = input.wait ?? sleep;
  }

  start(): void {
    this.#ended = this.#run();
  }

  wake(): void {
    this.#isAwake = true;
    this.#onWake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#onWake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { random = Math.random } = this.#input;
    let failures = 0;
    while (!signal.aborted) {
      await this.#sleep();
      const failed = await this.#writeRound();
      failures = failed === null ? 0 : failures + 1;
      if (failed !== null) this.#isAwake = true;
      this.#tellTrouble(failed === null ? null : describeFailure(failed));
      await this.#wait(failed === null ? ROUND_MS : computeBackoff(failures, failed, random()), signal);
    }
  }

  /** Resolves when `wake` is called. */
  async #sleep(): Promise<void> {
    while (!this.#isAwake && !this.#stopping.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#onWake = resolve;
      });
    this.#isAwake = false;
  }

  /**
   * Writes each status that differs, once.
   * @returns the last failure that makes another round useful; null if there was none
   */
  async #writeRound(): Promise<Error | null> {
    const pending = this.#findPending();
    let failed: Error | null = null;
    const work = async (): Promise<void> => {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        if (this.#stopping.signal.aborted || !this.#input.isLeader()) return;
        const error = await this.#write(next);
        failed = error ?? failed;
        // except for a conflict, the next write would fail for the same reason
        if (error !== null && !isConflict(error)) return;
      }
    };
    await Promise.all(Array.from({ length: MOST_WRITES }, work));
    return failed;
  }

  #findPending(): PendingStatus[] {
    if (!this.#input.isLeader()) return [];
    const objects = this.#input.objects.list();
    const names = new Set(objects.map(({ name }) => name));
    for (const known of [this.#written, this.#refused])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    return objects.flatMap((found) => this.#compare(found));
  }

  #compare(found: WatchedObject): PendingStatus[] {
    const { name, uid, generation, object: cached } = found;
    const verdict = this.#input.judge(name);
    if (verdict?.uid !== uid || verdict.generation !== generation) return [];
    const written = this.#written.get(name);
    const isAhead = written?.from === found.resourceVersion;
    if (!isAhead) this.#written.delete(name);
    const current = isAhead ? written.object : cached;
    const status = computeReadyStatus(current, verdict, this.#input.now?.() ?? new Date());
    if (status === null || this.#refused.get(name)?.verdict === JSON.stringify(verdict)) return [];
    const resourceVersion = readNames(current).resourceVersion ?? found.resourceVersion;
    return [{ found, resourceVersion, verdict, status }];
  }

  /** @returns a failure that is worth a retry; null if the status is written or not needed any more */
  async #write({ found, resourceVersion, verdict, status }: PendingStatus): Promise<Error | null> {
    const { api, path } = this.#input;
    const { name } = found;
    const deadline = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      const answer = await api.call({
        method: "PATCH",
        path: `${path}/${name}/status?fieldManager=${FIELD_MANAGER}`,
        contentType: "application/merge-patch+json",
        body: { metadata: { resourceVersion }, status },
        deadline,
      });
      if (answer.status === 200) {
        this.#refused.delete(name);
        this.#written.set(name, { from: found.resourceVersion, object: answer.body });
        return null;
      }
      const refusal = toApiRefusal(answer);
      if (UNACCEPTABLE.has(answer.status)) {
        this.#refused.set(name, {
          verdict: JSON.stringify(verdict),
          words: `${name}: ${describeFailure(refusal)}`,
        });
        return null;
      }
      const isStale = answer.status === 409 || answer.status === 404;
      const isGone = isStale && (await this.#input.objects.refresh(name, deadline)) === null;
      return isGone ? null : refusal;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** @param why null: all is written, except for statuses that the API server rejects as invalid */
  #tellTrouble(why: string | null): void {
    const [refused] = this.#refused.values();
    const about = why ?? refused?.words;
    const words =
      about === undefined ? null : `the status of ${this.#input.what} cannot be written: ${about}`;
    if (words === this.#trouble) return;
    this.#trouble = words;
    this.#input.onTrouble(words);
  }
}

/** A retry with the same status would get the same answer. */
const UNACCEPTABLE: ReadonlySet<number> = new Set([400, 413, 422]);

const isConflict = (error: Error): boolean => error instanceof ApiRefusal && error.status === 409;

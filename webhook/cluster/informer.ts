// Keeps all objects of one cluster-scoped resource in memory: a list, then a watch from the list's version. After any
// error, except for the regular end of a watch, it lists again after a pause; until that succeeds the cache keeps what
// it has. It does not resume a failed watch, because after a restore of etcd a watch from an old version gets no
// events.
import { anything, object, readShape, text } from "../../init/contract/shape.ts";
import { describeFailure } from "./api.ts";
import { computeBackoff, sleep } from "./backOff.ts";
import { type ApiClient, ApiRefusal, type KubeResponse, toApiRefusal } from "./call.ts";
import { coalesceCalls } from "./coalesceCalls.ts";
import { type CacheChange, isEmptyChange, ObjectCache } from "./objectCache.ts";
import { isNotFound, isObjectName, readNames, readStatus, type WatchedObject } from "./watchedObject.ts";

export interface InformerTimes {
  /** for one list with all its pages */
  readonly listMs: number;
  /** The API server ends a watch after one to two times this time, so that connections spread over its replicas. */
  readonly watchMs: number;
  /** A bookmark comes about every minute, so a connection without data for this time counts as dead. */
  readonly silenceMs: number;
  /** A watch that lasted this long resets the pauses. At least as long as any pause. */
  readonly goodMs: number;
}

const TIMES: InformerTimes = { listMs: 30_000, watchMs: 300_000, silenceMs: 90_000, goodMs: 5_000 };

/** More profiles than a cluster has. */
const MOST_OBJECTS = 10_000;

/** Only `read` may throw. */
export interface InformerInput<T extends WatchedObject> {
  readonly api: ApiClient;
  /** path of the resource, e.g. /apis/rollcall.dev/v1alpha1/rollcallprofiles */
  readonly path: string;
  /** for messages, e.g. RollcallProfiles */
  readonly what: string;
  /** Parses an object. If it throws, the object is reported and not cached. */
  readonly read: (item: unknown) => T;
  /** Called for each change of the cache, never with an empty one; a list is one change. */
  readonly onChange: (change: CacheChange<T>) => void;
  /** Called when a failure begins or changes, not at each retry; `null` when it is over. */
  readonly onTrouble: (words: string | null) => void;
  /** Called once for each version of an object that cannot be parsed. */
  readonly onUnreadable: (words: string) => void;
  /** milliseconds of a monotonic clock @default performance.now */
  readonly now?: () => number;
  /** at least 0, below 1 @default Math.random */
  readonly random?: () => number;
  readonly times?: Partial<InformerTimes>;
  /** maximum number of cached objects @default 10,000 */
  readonly most?: number;
}

export interface Informer<T extends WatchedObject> {
  /** Whether the resource has been listed once. */
  isSynced(): boolean;
  /** When the API server last sent a list or anything on the watch, by the informer's clock; null if never. */
  lastContact(): number | null;
  get(name: string): T | undefined;
  list(): readonly T[];
  /**
   * Reads one object by a GET that begins after the call and may be shared with other callers, and updates the cache.
   * @returns the newer one of the object and the cached one; null if it does not exist
   * @throws if there is no answer, or the object cannot be parsed
   */
  refresh(name: string, deadline: AbortSignal): Promise<T | null>;
  /** Resolves when no request is under way any more. The cache stays. */
  stop(): Promise<void>;
}

/** Begins to list and watch, and continues until it is stopped. */
export function startInformer<T extends WatchedObject>(input: InformerInput<T>): Informer<T> {
  const informer = new ResourceInformer(input);
  informer.start();
  return informer;
}

class ResourceInformer<T extends WatchedObject> implements Informer<T> {
  readonly #input: InformerInput<T>;
  readonly #times: InformerTimes;
  readonly #most: number;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #cache = new ObjectCache<T>();
  readonly #stopping = new AbortController();
  /** by name: the GET under way, and how many callers wait for it */
  readonly #looks = new Map<string, { ask: (deadline: AbortSignal) => Promise<T | null>; waiting: number }>();
  /** by name: the version that was reported as unparsable */
  readonly #unreadable = new Map<string, string>();
  #isSynced = false;
  #lastContact: number | null = null;
  #trouble: string | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(input: InformerInput<T>) {
    this.#input = input;
    this.#times = { ...TIMES, ...input.times };
    this.#most = input.most ?? MOST_OBJECTS;
    this.#now = input.now ?? (() => performance.now());
    this.#random = input.random ?? Math.random;
  }

  start(): void {
    this.#ended = this.#run();
  }

  isSynced(): boolean {
    return this.#isSynced;
  }

  lastContact(): number | null {
    return this.#lastContact;
  }

  get(name: string): T | undefined {
    return this.#cache.get(name);
  }

  list(): readonly T[] {
    return this.#cache.objects();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    /** where the next watch begins; null: list first */
    let version: string | null = null;
    while (!signal.aborted) {
      const began = this.#now();
      const from = version;
      const ended = await this.#follow(from);
      version = ended.version;
      if (signal.aborted) return;
      const wasGood = this.#now() - began >= this.#times.goodMs;
      if (wasGood) failures = 0;
      const { error } = ended;
      if (error === null ? wasGood : isTooOld(error) && from !== null) continue;
      failures += 1;
      this.#tellTrouble(error);
      await sleep(computeBackoff(failures, error, this.#random()), signal);
    }
  }

  /**
   * Watches until the watch ends; lists first if there is no version to start from.
   * @returns the version for the next watch, or null and the error
   */
  async #follow(from: string | null): Promise<{ version: string | null; error: unknown }> {
    try {
      return { version: await this.#watch(from ?? (await this.#list())), error: null };
    } catch (error) {
      return { version: null, error };
    }
  }

  async #list(): Promise<string> {
    const { api, path, what } = this.#input;
    const deadline = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(this.#times.listMs)]);
    const look = this.#cache.beginLook();
    let count = 0;
    const keep = (item: unknown): T[] => {
      count += 1;
      if (count > this.#most) throw this.#tooMany();
      const read = this.#read(item);
      return read === null ? [] : [read];
    };
    const { items, resourceVersion } = await api.listForWatch({ path, what, keep, deadline });
    this.#stopping.signal.throwIfAborted();
    this.#hear();
    this.#isSynced = true;
    this.#tellChange(this.#cache.replaceAll(items, resourceVersion, look));
    return resourceVersion;
  }

  /** @returns the version for the next watch */
  async #watch(from: string): Promise<string> {
    const { api, path } = this.#input;
    let version = from;
    const lasts = this.#times.watchMs * (1 + this.#random());
    const query = new URLSearchParams({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: from,
      timeoutSeconds: String(Math.ceil(lasts / 1000)),
    });
    await api.watch({
      path: `${path}?${query}`,
      // an API server may ignore timeoutSeconds
      deadline: AbortSignal.any([
        this.#stopping.signal,
        AbortSignal.timeout(Math.ceil(lasts) + this.#times.silenceMs),
      ]),
      silenceMs: this.#times.silenceMs,
      onOpen: () => {
        this.#hear();
        this.#endTrouble();
      },
      onEvent: (event) => {
        this.#hear();
        version = this.#apply(event) ?? version;
      },
    });
    return version;
  }

  /** @returns the version of the cache after the event; null if it is unknown */
  #apply(event: unknown): string | null {
    const read = readShape(watchEvent, event);
    if ("fault" in read) throw new Error("a line of the watch is not an event");
    const { type, object: body } = read.value;
    if (type === "ERROR") throw readStatus(body);
    if (type === "DELETED") this.#applyDeletion(body);
    else if (type === "ADDED" || type === "MODIFIED") this.#applyObject(body);
    return readNames(body).resourceVersion ?? null;
  }

  #applyObject(body: unknown): void {
    const found = this.#read(body);
    if (found === null) {
      this.#dropUnreadable(body);
      return;
    }
    if (this.#isFullFor(found.name)) throw this.#tooMany();
    this.#tellChange(this.#cache.applyEvent(found));
  }

  #applyDeletion(body: unknown): void {
    const { name, uid } = readNames(body);
    if (name === undefined || uid === undefined)
      throw new Error("the watch tells of a deletion, but not of which object");
    this.#unreadable.delete(name);
    this.#tellChange(this.#cache.applyDeletion({ name, uid }));
  }

  #tooMany(): Error {
    return new Error(`there are more than ${this.#most} ${this.#input.what}`);
  }

  /** @returns null if it cannot be parsed, which is reported */
  #read(item: unknown): T | null {
    try {
      const read = this.#input.read(item);
      this.#unreadable.delete(read.name);
      return read;
    } catch (error) {
      this.#tellUnreadable(item, error);
      return null;
    }
  }

  #tellUnreadable(item: unknown, error: unknown): void {
    const { name = "", resourceVersion = "" } = readNames(item);
    if (this.#unreadable.get(name) === resourceVersion) return;
    if (this.#unreadable.size < this.#most) this.#unreadable.set(name, resourceVersion);
    this.#input.onUnreadable(
      `${this.#input.what}: ${name || "one without a name"} is skipped: ${describeFailure(error)}`,
    );
  }

  /** The cache must not serve an outdated version of an object. */
  #dropUnreadable(item: unknown): void {
    const { name } = readNames(item);
    if (name !== undefined) this.#tellChange(this.#cache.drop(name));
  }

  async refresh(name: string, deadline: AbortSignal): Promise<T | null> {
    // no object has such a name, and in a path it could address another resource
    if (!isObjectName(name)) return null;
    const look = this.#looks.get(name) ?? {
      ask: coalesceCalls((until) => this.#look(name, until)),
      waiting: 0,
    };
    look.waiting += 1;
    this.#looks.set(name, look);
    try {
      return await look.ask(AbortSignal.any([deadline, this.#stopping.signal]));
    } catch (error) {
      const why = this.#stopping.signal.aborted ? "the webhook is stopping" : describeFailure(error);
      throw new Error(`${this.#input.what}: ${name} could not be read: ${why}`, { cause: error });
    } finally {
      look.waiting -= 1;
      if (look.waiting === 0) this.#looks.delete(name);
    }
  }

  async #look(name: string, deadline: AbortSignal): Promise<T | null> {
    const { api, path } = this.#input;
    const look = this.#cache.beginLook();
    const answer = await api.call({ method: "GET", path: `${path}/${name}`, deadline });
    const found = isNotFound(answer) ? null : this.#readFound(name, answer);
    // the cache may be full; the object is returned all the same
    if (found !== null && this.#isFullFor(name)) return found;
    this.#tellChange(this.#cache.applyGet(name, found, look));
    return this.#cache.get(name) ?? null;
  }

  /** @throws if the response has no object, or one that cannot be parsed */
  #readFound(name: string, answer: KubeResponse): T {
    const { status, body } = answer;
    if (status !== 200) throw toApiRefusal(answer);
    if (readNames(body).name !== name) throw new Error("the API server's answer is not that object");
    const found = this.#read(body);
    if (found !== null) return found;
    this.#dropUnreadable(body);
    return this.#input.read(body);
  }

  #isFullFor(name: string): boolean {
    return this.#cache.get(name) === undefined && this.#cache.size >= this.#most;
  }

  #hear(): void {
    this.#lastContact = this.#now();
  }

  #endTrouble(): void {
    if (this.#trouble === null) return;
    this.#trouble = null;
    this.#input.onTrouble(null);
  }

  /** @param error null: the last attempt succeeded */
  #tellTrouble(error: unknown): void {
    if (error === null) return;
    const words = `${this.#input.what}: ${describeFailure(error)}`;
    if (words === this.#trouble) return;
    this.#trouble = words;
    this.#input.onTrouble(words);
  }

  #tellChange(change: CacheChange<T>): void {
    if (!isEmptyChange(change)) this.#input.onChange(change);
  }
}

/** The API server no longer has the history since that version, as usual after a pause: only a list helps. */
const isTooOld = (error: unknown): boolean => error instanceof ApiRefusal && error.status === 410;

const watchEvent = object({ type: text(), object: anything() });

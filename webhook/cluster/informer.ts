// All objects of one cluster-scoped resource, kept in memory: a list, then a watch from the list's version. Every error
// but a regular end of the watch leads to a new list after a pause, for as long as it takes; meanwhile the cache serves
// what it has. A new list and not a new watch: after a restore of etcd a watch from an old version tells nothing.
import { anything, object, readShape, text } from "../../init/contract/shape.ts";
import { describeFailure } from "./api.ts";
import { computeBackoff, sleep } from "./backOff.ts";
import { type ApiClient, ApiRefusal, type KubeResponse, toApiRefusal } from "./call.ts";
import { coalesceCalls } from "./coalesceCalls.ts";
import { type CacheChange, isEmptyChange, ObjectCache } from "./objectCache.ts";
import { isNotFound, isObjectName, readNames, readStatus, type WatchedObject } from "./watchedObject.ts";

export interface InformerTimes {
  /** of one list with all its pages */
  readonly listMs: number;
  /** the API server is asked to end a watch after once to twice this time, so that connections spread over replicas */
  readonly watchMs: number;
  /** a bookmark comes about every minute: a connection on which nothing comes for this time is dead */
  readonly silenceMs: number;
  /** a watch that lasted this long, at least as long as any pause, was a good one: the pauses begin anew */
  readonly goodMs: number;
}

const TIMES: InformerTimes = { listMs: 30_000, watchMs: 300_000, silenceMs: 90_000, goodMs: 5_000 };

/** More profiles, or other objects of an admin, than a cluster has. */
const MOST_OBJECTS = 10_000;

/** None of the functions may throw, but `read`. */
export interface InformerInput<T extends WatchedObject> {
  readonly api: ApiClient;
  /** of the whole resource, e.g. /apis/rollcall.dev/v1alpha1/rollcallprofiles */
  readonly path: string;
  /** for messages, e.g. RollcallProfiles */
  readonly what: string;
  /** Reads an object as it came; throws where it cannot be read. It is then reported, and not in the cache. */
  readonly read: (item: unknown) => T;
  /** Called with each change of the cache, never with an empty one; a whole list is one change. */
  readonly onChange: (change: CacheChange<T>) => void;
  /** Called when a failure begins or becomes another one, not at each retry; `null`: it is over. */
  readonly onTrouble: (words: string | null) => void;
  /** Called once for each version of an object that cannot be read. */
  readonly onUnreadable: (words: string) => void;
  /** milliseconds of a clock that never goes back @default performance.now */
  readonly now?: () => number;
  /** at least 0, below 1 @default Math.random */
  readonly random?: () => number;
  readonly times?: Partial<InformerTimes>;
  /** objects that are kept @default 10,000 */
  readonly most?: number;
}

export interface Informer<T extends WatchedObject> {
  /** Whether the resource was listed once. */
  isSynced(): boolean;
  /** When the API server last sent a list or anything on the watch, by the informer's clock; null: never. */
  lastContact(): number | null;
  get(name: string): T | undefined;
  list(): readonly T[];
  /**
   * Asks the API server for one object, by a GET that begins after the call and is shared with others who wait for it,
   * and takes the answer over into the cache.
   * @returns the object, or the cache's where that is newer; null: there is none
   * @throws an error whose message says why there is no answer, or that the object cannot be read
   */
  refresh(name: string, deadline: AbortSignal): Promise<T | null>;
  /** Resolves when nothing is under way any more. The cache stays as it is. */
  stop(): Promise<void>;
}

/** Begins to list and watch at once, and goes on until it is stopped. */
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
  /** by name: the GET under way, and how many wait for it */
  readonly #looks = new Map<string, { ask: (deadline: AbortSignal) => Promise<T | null>; waiting: number }>();
  /** by name: the version that was reported as unreadable */
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
    /** where the next watch begins; null: a list comes first */
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
   * Watches until the watch ends, after a list where there is no version to go on from.
   * @returns the version to go on from, or an error and null
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

  /** @returns the version from which the next watch goes on */
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
      // for an API server that goes on for longer
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

  /** @returns the version that it brings the cache to; null: it cannot be told */
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

  /** @returns null where it cannot be read, which is reported */
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

  /** The cache must not serve what an object no longer is. */
  #dropUnreadable(item: unknown): void {
    const { name } = readNames(item);
    if (name !== undefined) this.#tellChange(this.#cache.drop(name));
  }

  async refresh(name: string, deadline: AbortSignal): Promise<T | null> {
    // no object has such a name, and a path with it may mean another resource
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
    // what does not fit into the cache is found all the same
    if (found !== null && this.#isFullFor(name)) return found;
    this.#tellChange(this.#cache.applyGet(name, found, look));
    return this.#cache.get(name) ?? null;
  }

  /** @throws where there is no object in the answer, or one that cannot be read */
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

  /** @param error null: there is none */
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

/** The history does not reach back to the watch's version any more, as usual after a pause: only a list helps. */
const isTooOld = (error: unknown): boolean => error instanceof ApiRefusal && error.status === 410;

const watchEvent = object({ type: text(), object: anything() });

// A cache of the objects of a resource. It learns of them in three ways that may overtake each other: lists, a watch
// with late events, and single GETs. A late answer must not replace an object by an older version.
import type { WatchedObject } from "./watchedObject.ts";

/** What a list, an event or a GET changed. */
export interface CacheChange<T> {
  readonly added: readonly T[];
  readonly changed: readonly T[];
  readonly removed: readonly T[];
}

/** Uids of deleted objects that are remembered between two lists: many more than the GETs and events under way. */
const MOST_DELETED = 1_000;

interface Entry<T> {
  readonly object: T;
  /** number of the newest look when this uid became known */
  readonly foundAt: number;
  /** number of the newest look when this version became known */
  readonly seenAt: number;
}

/** Lists and GETs are called looks, and are numbered in the order in which they begin (`beginLook`). */
export class ObjectCache<T extends WatchedObject> {
  readonly #entries = new Map<string, Entry<T>>();
  /** by uid: number of the newest look when the deletion became known */
  readonly #deleted = new Map<string, number>();
  /**
   * by name: the object of an earlier GET, if a later one found none; the watch may still send events of earlier
   * versions
   */
  readonly #vanished = new Map<string, { readonly object: T; readonly since: number }>();
  #looks = 0;
  #list = { look: 0, resourceVersion: "" };

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): T | undefined {
    return this.#entries.get(name)?.object;
  }

  /** In arbitrary order. */
  objects(): readonly T[] {
    return Array.from(this.#entries.values(), (entry) => entry.object);
  }

  /** @returns the number to pass on with the result */
  beginLook(): number {
    this.#looks += 1;
    return this.#looks;
  }

  /**
   * Takes over a list. A newer object from a GET stays: the watch that starts from the list will report its deletion.
   * @param resourceVersion of the list
   */
  replaceAll(objects: readonly T[], resourceVersion: string, look: number): CacheChange<T> {
    const change = newChange<T>();
    const listed = new Set<string>();
    for (const found of objects) {
      listed.add(found.name);
      if (!this.#isOvertaken(found, look)) this.#put(found, change);
    }
    for (const { object: known, seenAt } of [...this.#entries.values()]) {
      const isNewer = seenAt >= look && isBefore(resourceVersion, known.resourceVersion);
      if (!listed.has(known.name) && !isNewer) this.#remove(known, change);
    }
    this.#forgetDeletionsBefore(look);
    this.#list = { look, resourceVersion };
    return change;
  }

  #forgetDeletionsBefore(look: number): void {
    for (const [uid, since] of [...this.#deleted]) if (since < look) this.#deleted.delete(uid);
    for (const [name, { since }] of [...this.#vanished]) if (since < look) this.#vanished.delete(name);
  }

  /** Whether a GET has learnt something newer than a list since the list began. */
  #isOvertaken(found: T, look: number): boolean {
    if ((this.#deleted.get(found.uid) ?? 0) >= look) return true;
    const known = this.#entries.get(found.name);
    if (known !== undefined) return known.seenAt >= look && isOlder(found, known.object);
    const vanished = this.#vanished.get(found.name);
    return vanished !== undefined && vanished.since >= look && isOlder(found, vanished.object);
  }

  /** Takes over an object of an event ADDED or MODIFIED. */
  applyEvent(found: T): CacheChange<T> {
    const change = newChange<T>();
    const known = this.#entries.get(found.name)?.object ?? this.#vanished.get(found.name)?.object;
    const isLate = this.#deleted.has(found.uid) || (known !== undefined && isOlder(found, known));
    if (!isLate) this.#put(found, change);
    return change;
  }

  /** Takes over an event DELETED. */
  applyDeletion({ name, uid }: Pick<WatchedObject, "name" | "uid">): CacheChange<T> {
    const change = newChange<T>();
    this.#forget(uid);
    const known = this.#entries.get(name)?.object;
    if (known?.uid === uid) this.#remove(known, change);
    return change;
  }

  /**
   * Takes over the result of a GET.
   * @param found null: there is no object of this name
   */
  applyGet(name: string, found: T | null, look: number): CacheChange<T> {
    const change = newChange<T>();
    const known = this.#entries.get(name);
    if (found !== null) {
      if (this.#isCurrent(found, known, look)) {
        this.#deleted.delete(found.uid);
        this.#put(found, change);
      }
    } else if (known !== undefined && known.foundAt < look) {
      this.#forget(known.object.uid);
      this.#vanished.set(name, { object: known.object, since: this.#looks });
      removeOldest(this.#vanished);
      this.#remove(known.object, change);
    }
    return change;
  }

  /** Whether nothing newer was learnt since the GET began. */
  #isCurrent(found: T, known: Entry<T> | undefined, look: number): boolean {
    if ((this.#deleted.get(found.uid) ?? 0) >= look) return false;
    if (known !== undefined) {
      const isSuccessor = known.object.uid !== found.uid && known.foundAt < look;
      return isSuccessor || !isOlder(found, known.object);
    }
    const { look: listedAt, resourceVersion: listed } = this.#list;
    // an object that is no newer than the list was deleted before it, or the list would contain it
    return areNumbers(listed, found.resourceVersion)
      ? isBefore(listed, found.resourceVersion)
      : listedAt < look;
  }

  /** Removes an object whose newest version cannot be parsed. */
  drop(name: string): CacheChange<T> {
    const change = newChange<T>();
    const known = this.#entries.get(name)?.object;
    if (known !== undefined) this.#remove(known, change);
    return change;
  }

  #put(found: T, { added, changed }: ChangeLists<T>): void {
    const known = this.#entries.get(found.name);
    const isSame = known?.object.uid === found.uid;
    const isUnchanged = isSame && known.object.resourceVersion === found.resourceVersion;
    const foundAt = isSame ? known.foundAt : this.#looks;
    const object = isUnchanged ? known.object : found;
    this.#entries.set(found.name, { object, foundAt, seenAt: this.#looks });
    if (known === undefined) added.push(found);
    else if (!isUnchanged) changed.push(found);
  }

  #remove(known: T, { removed }: ChangeLists<T>): void {
    this.#entries.delete(known.name);
    removed.push(known);
  }

  #forget(uid: string): void {
    this.#deleted.set(uid, this.#looks);
    removeOldest(this.#deleted);
  }
}

function removeOldest(remembered: Map<string, unknown>): void {
  for (const oldest of remembered.keys()) {
    if (remembered.size <= MOST_DELETED) return;
    remembered.delete(oldest);
  }
}

interface ChangeLists<T> {
  readonly added: T[];
  readonly changed: T[];
  readonly removed: T[];
}

const newChange = <T>(): ChangeLists<T> => ({ added: [], changed: [], removed: [] });

export const isEmptyChange = ({ added, changed, removed }: CacheChange<unknown>): boolean =>
  added.length + changed.length + removed.length === 0;

/** Whether one is an older version of the other, or an earlier object of the same name. */
function isOlder(one: WatchedObject, other: WatchedObject): boolean {
  if (one.uid === other.uid && one.generation < other.generation) return true;
  if (areNumbers(one.resourceVersion, other.resourceVersion))
    return isBefore(one.resourceVersion, other.resourceVersion);
  return one.uid !== other.uid && one.creationTimestamp < other.creationTimestamp;
}

/**
 * resourceVersions of one API server are growing numbers: guaranteed since Kubernetes 1.35, and true for every etcd.
 * Others cannot be ordered.
 */
const isBefore = (one: string, other: string): boolean =>
  areNumbers(one, other) && BigInt(one) < BigInt(other);

const areNumbers = (...versions: readonly string[]): boolean =>
  versions.every((version) => /^\d{1,20}$/.test(version));

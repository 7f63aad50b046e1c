// What is known of the objects of a resource. It is learnt in three ways that overtake each other: a list, a watch whose
// events may lag, and single GETs. No answer that comes late takes an object back to what it was before.
import type { WatchedObject } from "./watchedObject.ts";

/** What a list, an event or a GET has changed. */
export interface CacheChange<T> {
  readonly added: readonly T[];
  readonly changed: readonly T[];
  readonly removed: readonly T[];
}

/** Uids of deleted objects that are remembered between two lists: far more than GETs and events that are on their way. */
const MOST_DELETED = 1_000;

interface Entry<T> {
  readonly object: T;
  /** the newest look when this uid became known */
  readonly foundAt: number;
  /** the newest look when this version of it became known */
  readonly seenAt: number;
}

/** Looks are numbered in the order in which they begin: `beginLook` before each list and GET. */
export class ObjectCache<T extends WatchedObject> {
  readonly #entries = new Map<string, Entry<T>>();
  /** by uid: the newest look when it was learnt that the object is deleted */
  readonly #deleted = new Map<string, number>();
  /** by name: what a GET had found before another one found nothing; the watch may still tell of its predecessors */
  readonly #vanished = new Map<string, { readonly object: T; readonly since: number }>();
  #looks = 0;
  #list = { look: 0, resourceVersion: "" };

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): T | undefined {
    return this.#entries.get(name)?.object;
  }

  /** In no order that means anything. */
  objects(): readonly T[] {
    return Array.from(this.#entries.values(), (entry) => entry.object);
  }

  /** @returns the number to hand over with what is seen */
  beginLook(): number {
    this.#looks += 1;
    return this.#looks;
  }

  /**
   * Takes over a whole list. What a GET has found meanwhile stays where it is newer: the watch that goes on from the
   * list tells of its deletion.
   * @param resourceVersion the list's
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

  /** Whether a GET has learnt something newer than a list since it began. */
  #isOvertaken(found: T, look: number): boolean {
    if ((this.#deleted.get(found.uid) ?? 0) >= look) return true;
    const known = this.#entries.get(found.name);
    if (known !== undefined) return known.seenAt >= look && isOlder(found, known.object);
    const vanished = this.#vanished.get(found.name);
    return vanished !== undefined && vanished.since >= look && isOlder(found, vanished.object);
  }

  /** Takes over an object that a watch has told of as added or modified. */
  applyEvent(found: T): CacheChange<T> {
    const change = newChange<T>();
    const known = this.#entries.get(found.name)?.object ?? this.#vanished.get(found.name)?.object;
    const isLate = this.#deleted.has(found.uid) || (known !== undefined && isOlder(found, known));
    if (!isLate) this.#put(found, change);
    return change;
  }

  /** Takes over that a watch has told of an object as deleted. */
  applyDeletion({ name, uid }: Pick<WatchedObject, "name" | "uid">): CacheChange<T> {
    const change = newChange<T>();
    this.#forget(uid);
    const known = this.#entries.get(name)?.object;
    if (known?.uid === uid) this.#remove(known, change);
    return change;
  }

  /**
   * Takes over what a GET has found.
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

  /** Whether what a GET has found is not overtaken by what was learnt since it began. */
  #isCurrent(found: T, known: Entry<T> | undefined, look: number): boolean {
    if ((this.#deleted.get(found.uid) ?? 0) >= look) return false;
    if (known !== undefined) {
      const isSuccessor = known.object.uid !== found.uid && known.foundAt < look;
      return isSuccessor || !isOlder(found, known.object);
    }
    const { look: listedAt, resourceVersion: listed } = this.#list;
    // one that is no newer than the list was deleted before it, else the list would have it
    return areNumbers(listed, found.resourceVersion)
      ? isBefore(listed, found.resourceVersion)
      : listedAt < look;
  }

  /** Drops an object whose newest version cannot be read. */
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

/** Whether one is an older version of the other, or its predecessor of the same name. */
function isOlder(one: WatchedObject, other: WatchedObject): boolean {
  if (one.uid === other.uid && one.generation < other.generation) return true;
  if (areNumbers(one.resourceVersion, other.resourceVersion))
    return isBefore(one.resourceVersion, other.resourceVersion);
  return one.uid !== other.uid && one.creationTimestamp < other.creationTimestamp;
}

/**
 * The versions of one API server are numbers that grow: it is promised since Kubernetes 1.35, and true with every etcd.
 * Where they are something else, none is before another.
 */
const isBefore = (one: string, other: string): boolean =>
  areNumbers(one, other) && BigInt(one) < BigInt(other);

const areNumbers = (...versions: readonly string[]): boolean =>
  versions.every((version) => /^\d{1,20}$/.test(version));

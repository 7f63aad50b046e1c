// The cache of a resource while lists, events and GETs overtake each other.
import assert from "node:assert/strict";
import fc from "fast-check";
import { ObjectCache } from "../../../webhook/cluster/objectCache.ts";
import type { WatchedObject } from "../../../webhook/cluster/watchedObject.ts";

const thing = (name: string, uid: string, version: number | string, generation = 1): WatchedObject => ({
  name,
  uid,
  generation,
  resourceVersion: String(version),
  creationTimestamp: "2026-01-01T00:00:00Z",
  object: null,
});

const namesIn = (objects: readonly WatchedObject[]) =>
  objects.map(({ uid, resourceVersion }) => `${uid}@${resourceVersion}`);

describe("the cache of a resource", () => {
  let cache: ObjectCache<WatchedObject>;
  const cached = () => namesIn(cache.objects());
  beforeEach(() => {
    cache = new ObjectCache();
    cache.replaceAll([thing("a", "A", 5)], "10", cache.beginLook());
  });

  it("reports what a new list has added, changed and removed", () => {
    cache.applyEvent(thing("b", "B", 11));
    const look = cache.beginLook();
    const change = cache.replaceAll([thing("a", "A", 12), thing("c", "C", 13)], "14", look);
    assert.deepEqual([change.added, change.changed, change.removed].map(namesIn), [
      ["C@13"],
      ["A@12"],
      ["B@11"],
    ]);
    assert.deepEqual(cached(), ["A@12", "C@13"]);
    const again = cache.replaceAll([thing("a", "A", 12), thing("c", "C", 13)], "14", cache.beginLook());
    assert.deepEqual([again.added, again.changed, again.removed], [[], [], []]);
  });

  it("accepts older versions from a list, as after a restore of etcd, but not from an event or a GET", () => {
    cache.applyEvent(thing("a", "A", 3));
    cache.applyGet("a", thing("a", "A", 4), cache.beginLook());
    assert.deepEqual(cached(), ["A@5"]);
    // the name now has another object, whatever its version
    cache.applyGet("a", thing("a", "0", 4), cache.beginLook());
    assert.deepEqual(cached(), ["0@4"]);
    cache.replaceAll([thing("a", "A", 2)], "3", cache.beginLook());
    assert.deepEqual(cached(), ["A@2"]);
  });

  it("ignores a late event of a lower generation also if versions are not numbers", () => {
    cache.replaceAll([thing("a", "A", "x", 7)], "y", cache.beginLook());
    cache.applyEvent(thing("a", "A", "w", 6));
    assert.deepEqual(cached(), ["A@x"]);
    cache.applyEvent(thing("a", "A", "v", 7));
    assert.deepEqual(cached(), ["A@v"]);
  });

  it("accepts a successor with another uid from a GET, and ignores the deletion of the predecessor", () => {
    cache.applyGet("a", thing("a", "B", 15), cache.beginLook());
    cache.applyEvent(thing("a", "A", 12));
    cache.applyDeletion({ name: "a", uid: "A" });
    assert.deepEqual(cached(), ["B@15"]);
  });

  it("removes after a GET without an object only what was known before the GET began", () => {
    const early = cache.beginLook();
    cache.applyEvent(thing("b", "B", 11));
    cache.applyGet("b", null, early);
    assert.deepEqual(cached(), ["A@5", "B@11"]);
    cache.applyGet("b", null, cache.beginLook());
    cache.applyEvent(thing("b", "B", 12));
    assert.deepEqual(cached(), ["A@5"]);
  });

  it("does not restore what was deleted since a GET or a list began", () => {
    const get = cache.beginLook();
    cache.applyDeletion({ name: "a", uid: "A" });
    cache.applyGet("a", thing("a", "A", 6), get);
    assert.deepEqual(cached(), []);
    const list = cache.beginLook();
    cache.applyGet("b", thing("b", "B", 20), cache.beginLook());
    cache.applyGet("b", null, cache.beginLook());
    cache.replaceAll([thing("b", "B", 20)], "20", list);
    assert.deepEqual(cached(), []);
  });

  it("accepts from no event or list a predecessor of an object that a GET had found and a later GET did not find", () => {
    cache.replaceAll([], "1", cache.beginLook());
    cache.applyGet("b", thing("b", "B2", 4), cache.beginLook());
    cache.applyGet("b", null, cache.beginLook());
    cache.applyEvent(thing("b", "B1", 2));
    assert.deepEqual(cached(), []);
    cache.applyEvent(thing("b", "B3", 6));
    assert.deepEqual(cached(), ["B3@6"]);
    const list = cache.beginLook();
    cache.applyGet("c", thing("c", "C2", 9), cache.beginLook());
    cache.applyGet("c", null, cache.beginLook());
    cache.replaceAll([thing("b", "B3", 6), thing("c", "C1", 7)], "7", list);
    assert.deepEqual(cached(), ["B3@6"]);
  });

  it("never goes back, and ends with the API server's state, whatever the order of answers", () => {
    const kinds = ["change", "delete", "deliver", "stepList", "stepGet"] as const;
    const step = fc.record({ is: fc.constantFrom(...kinds), name: fc.constantFrom("a", "b") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const world = new World();
        for (const { is, name } of steps) {
          world[is](name);
          world.assertForward();
        }
        world.settle();
      }),
      { numRuns: 3_000 },
    );
  });
});

interface PendingLook<T> {
  readonly look: number;
  /** the answer of the API server; null before the request has reached it */
  read: { readonly is: T; readonly version: number } | null;
}

/** An API server's objects and one cache: each look begins, reads the objects, and arrives, in separate steps. */
class World {
  readonly #cache = new ObjectCache<WatchedObject>();
  readonly #objects = new Map<string, WatchedObject>();
  readonly #history: { version: number; object: WatchedObject; isDeletion: boolean }[] = [];
  readonly #gets = new Map<string, PendingLook<WatchedObject | null>>();
  #list: PendingLook<WatchedObject[]> | null = null;
  /** the watch has sent all events up to this one; null: there is no watch */
  #watched: number | null = null;
  #version = 0;
  #uids = 0;
  /** by name: the newest version */
  readonly #newest = new Map<string, number>();
  readonly #gone = new Set<string>();
  #before: readonly WatchedObject[] = [];

  change(name: string): void {
    this.#version += 1;
    const before = this.#objects.get(name);
    if (before === undefined) this.#uids += 1;
    const uid = before?.uid ?? `${name}${this.#uids}`;
    const object = thing(name, uid, this.#version, (before?.generation ?? 0) + 1);
    this.#objects.set(name, object);
    this.#history.push({ version: this.#version, object, isDeletion: false });
  }

  delete(name: string): void {
    const object = this.#objects.get(name);
    if (object === undefined) return;
    this.#version += 1;
    this.#objects.delete(name);
    this.#history.push({ version: this.#version, object, isDeletion: true });
  }

  deliver(): void {
    const from = this.#watched;
    const next = from === null ? undefined : this.#history.find(({ version }) => version > from);
    if (next === undefined) return;
    this.#watched = next.version;
    if (next.isDeletion) this.#cache.applyDeletion(next.object);
    else this.#cache.applyEvent(next.object);
  }

  stepList(): void {
    if (this.#list === null) {
      this.#watched = null;
      this.#list = { look: this.#cache.beginLook(), read: null };
    } else if (this.#list.read === null) {
      this.#list.read = { is: [...this.#objects.values()], version: this.#version };
    } else {
      const { is, version } = this.#list.read;
      this.#cache.replaceAll(is, String(version), this.#list.look);
      this.#watched = version;
      this.#list = null;
    }
  }

  stepGet(name: string): void {
    const get = this.#gets.get(name);
    if (get === undefined) this.#gets.set(name, { look: this.#cache.beginLook(), read: null });
    else if (get.read === null) get.read = { is: this.#objects.get(name) ?? null, version: this.#version };
    else this.#arrive(name, get);
  }

  #arrive(name: string, { look, read }: PendingLook<WatchedObject | null>): void {
    this.#gets.delete(name);
    const found = read?.is ?? null;
    this.#cache.applyGet(name, found, look);
    if (found === null) return;
    const known = this.#cache.get(name);
    const isAlive = this.#objects.get(name)?.uid === found.uid;
    // its caller has this object, or a newer one
    assert.ok(known !== undefined || !isAlive, `a GET of ${name} found ${found.uid}, which is not there`);
    assert.ok(Number(known?.resourceVersion ?? Number.POSITIVE_INFINITY) >= Number(found.resourceVersion));
  }

  assertForward(): void {
    const now = this.#cache.objects();
    for (const { uid } of this.#before) if (!now.some((each) => each.uid === uid)) this.#gone.add(uid);
    for (const { name, uid, resourceVersion } of now) {
      assert.ok(!this.#gone.has(uid), `${uid} came back`);
      assert.ok(Number(resourceVersion) >= (this.#newest.get(name) ?? 0), `${name} went back`);
      this.#newest.set(name, Number(resourceVersion));
    }
    this.#before = now;
  }

  /** All pending answers arrive. */
  settle(): void {
    do this.stepList();
    while (this.#list !== null);
    for (const name of ["a", "b"]) while (this.#gets.has(name)) this.stepGet(name);
    while (this.#watched !== null && this.#watched < this.#version) this.deliver();
    this.assertForward();
    const sorted = (objects: Iterable<WatchedObject>) => namesIn([...objects]).sort();
    assert.deepEqual(sorted(this.#cache.objects()), sorted(this.#objects.values()));
  }
}

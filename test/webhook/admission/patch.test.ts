// JSON Patch operations, applied by an independent implementation of RFC 6902.
import assert from "node:assert/strict";
import fc from "fast-check";
import { applyPatch } from "rfc6902";
import { add, insertAll, type PatchOperation, toJsonPointer } from "../../../webhook/admission/answer.ts";

function applied<T>(object: T, operations: readonly PatchOperation[]): T {
  const copy = structuredClone(object);
  assert.deepEqual(
    applyPatch(copy, [...operations]).filter((error) => error !== null),
    [],
  );
  return copy;
}

/** Keys that rfc6902 rejects for security. */
const key = fc.string().filter((text) => !["__proto__", "prototype", "constructor"].includes(text));

/** Any JSON without the key that rfc6902 loses when it copies a value. */
const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"__proto__"'));

describe("a patch", () => {
  it("escapes ~ and / in keys", () => {
    assert.equal(toJsonPointer("a", "rollcall.dev/x~y", 3, ""), "/a/rollcall.dev~1x~0y/3/");
    assert.equal(toJsonPointer("~1"), "/~01");
    assert.equal(toJsonPointer(), "");
  });

  it("adds at the given key, for any characters", () => {
    fc.assert(
      fc.property(key, key, json, (outer, inner, value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        const object = { [outer]: { other: 1 } };
        const expected = { [outer]: { other: 1, [inner]: plain } };
        assert.deepEqual(applied(object, [add([outer, inner], plain)]), expected);
      }),
    );
  });
});

describe("items inserted into an array", () => {
  it("create a missing array", () => {
    const pod = { spec: { containers: [{ name: "app" }] } };
    const operations = insertAll(["spec", "containers", 0, "env"], undefined, [{ name: "A" }], 0);
    assert.deepEqual(applied(pod, operations), {
      spec: { containers: [{ name: "app", env: [{ name: "A" }] }] },
    });
  });

  it("yield no operation if there are none, not even for an empty array", () => {
    assert.deepEqual(insertAll(["env"], undefined, []), []);
    assert.deepEqual(insertAll(["env"], [1], []), []);
  });

  it("keep their order at the index, before the present items", () => {
    const numbers = fc.array(fc.integer());
    fc.assert(
      fc.property(numbers, numbers, fc.nat(), (present, items, seed) => {
        const at = seed % (present.length + 1);
        const { env } = applied({ env: present }, insertAll(["env"], present, items, at));
        assert.deepEqual(env, present.toSpliced(at, 0, ...items));
      }),
    );
  });

  it("keep their order at the end", () => {
    const { env } = applied({ env: ["x"] }, insertAll(["env"], ["x"], ["a", "b"]));
    assert.deepEqual(env, ["x", "a", "b"]);
  });
});

// Equality of JSON values, compared with Node's isDeepStrictEqual.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { isSameJson } from "../../../webhook/kubernetes/isSameJson.ts";

describe("equality of JSON", () => {
  it("agrees with Node's deep strict equality, for values and for copies with one change", () => {
    const pairs = fc.oneof(
      fc.tuple(fc.jsonValue(), fc.jsonValue()),
      fc.jsonValue().map((value): [unknown, unknown] => [value, structuredClone(value)]),
      fc
        .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue())
        .map(([value, key, other]): [unknown, unknown] => [value, { ...value, [key]: other }]),
      fc.array(fc.jsonValue(), { minLength: 1 }).map((value): [unknown, unknown] => [value, value.slice(1)]),
    );
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        // JSON has no negative zero
        const [a, b] = [one, other].map((each): unknown => JSON.parse(JSON.stringify(each)));
        assert.equal(isSameJson(a, b), isDeepStrictEqual(a, b));
        assert.equal(isSameJson(b, a), isDeepStrictEqual(b, a));
      }),
    );
  });

  it("distinguishes a list from an object with indices as keys, and a missing member from null", () => {
    assert.equal(isSameJson(["a"], { 0: "a" }), false);
    assert.equal(isSameJson({ a: null }, {}), false);
    assert.equal(isSameJson({ a: 1, b: 2 }, { b: 2, a: 1 }), true);
  });

  it("compares values with 100,000 levels", () => {
    const deep = (): unknown => JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    assert.equal(isSameJson(deep(), deep()), true);
  });
});

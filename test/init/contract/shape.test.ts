// Readers of untrusted JSON: what they accept, and where the first fault is.
import assert from "node:assert/strict";
import {
  absolutePath,
  anyNumber,
  anything,
  checked,
  closed,
  dateTime,
  either,
  flag,
  formatShapeFault,
  integer,
  list,
  MOST_ENTRIES,
  mapOf,
  matching,
  nonEmptyList,
  nonEmptyText,
  nullish,
  object,
  oneOf,
  optional,
  positive,
  readShape,
  type Shape,
  text,
  variants,
  webAddress,
} from "../../../init/contract/shape.ts";

const wrongIn = (shape: Shape<unknown>, value: unknown): string | null => {
  const read = readShape(shape, value);
  return "fault" in read ? formatShapeFault(read.fault) : null;
};

describe("readShape", () => {
  const person = object({ name: text(10), age: optional(integer(0, 150)), tags: nullish(list(text())) });

  it("returns the same value, including unknown fields", () => {
    const value = { name: "Ann", more: { deep: true } };
    const read = readShape(person, value);
    assert.ok("value" in read && read.value === value);
  });

  const vehicle = variants("kind", {
    bike: closed({ kind: oneOf("bike") }),
    car: closed({ kind: oneOf("car"), doors: integer() }),
  });
  const even = checked(integer(), (value) => (value % 2 === 0 ? null : { path: [], message: "odd" }));

  const faults: readonly [string, Shape<unknown>, unknown, string][] = [
    ["a missing field", person, {}, "name: expected a string, found nothing"],
    ["a list instead of an object", person, [], "it: expected an object, found a list"],
    ["a text that is too long", person, { name: "x".repeat(11) }, "name: longer than 10 characters"],
    ["half a year", person, { name: "Ann", age: 1.5 }, "age: expected a whole number, found a number"],
    ["an age beyond all", person, { name: "Ann", age: 151 }, "age: not within 0..150"],
    [
      "the first wrong element",
      person,
      { name: "Ann", tags: ["a", 0, 0] },
      "tags.1: expected a string, found a number",
    ],
    [
      "null in a field that may only be missing",
      person,
      { name: "Ann", age: null },
      "age: expected a whole number, found null",
    ],
    ["a number that JSON has not", anyNumber(), Number.NaN, "it: expected a number, found a number"],
    ["a word for a flag", flag(), "true", "it: expected true or false, found a string"],
    ["another word", oneOf("a", "b"), "c", "it: expected a or b, found a string"],
    ["neither", either(text(), integer()), true, "it: expected a whole number, found a boolean"],
    ["a pattern that does not match", matching(/^a+$/, "a row of a"), "b", "it: not a row of a"],
    [
      "an invalid day",
      dateTime(),
      "2026-13-01T00:00:00Z",
      "it: expected a time such as 2026-01-31T12:00:00Z, found a string",
    ],
    ["a wrong value in a map", mapOf(text()), { a: "x", b: 1 }, "b: expected a string, found a number"],
    [
      "a key __proto__ with a wrong value",
      mapOf(text()),
      JSON.parse('{"__proto__": {}}'),
      "__proto__: expected a string, found an object",
    ],
    ["a field that is not there", closed({ a: text() }), { a: "x", b: 1 }, "b: no such field"],
    ["an empty text", nonEmptyText(), "", "it: not a text with at least one character"],
    ["a relative path", absolutePath(), "a/b", "it: not an absolute path"],
    [
      "an address of another kind",
      webAddress(),
      "ftp://host",
      "it: expected an address such as https://example.com, found a string",
    ],
    [
      "an address without a host",
      webAddress(),
      "http://",
      "it: expected an address such as https://example.com, found a string",
    ],
    ["a time of zero", positive(), 0, "it: not above 0 and up to Infinity"],
    ["too long a time", positive(5), 6, "it: not above 0 and up to 5"],
    ["no number", positive(), "1", "it: expected a number, found a string"],
    ["a list without entries", nonEmptyList(text()), [], "it: a list without entries"],
    ["a fault in an entry", nonEmptyList(text()), ["", 1], "1: expected a string, found a number"],
    ["a kind that is not known", vehicle, { kind: "boat" }, "kind: expected bike or car, found a string"],
    [
      "a kind that every object has",
      vehicle,
      { kind: "constructor" },
      "kind: expected bike or car, found a string",
    ],
    ["a field of another kind", vehicle, { kind: "bike", doors: 2 }, "doors: no such field"],
    ["what a check of its own finds", even, 3, "it: odd"],
    ["a fault before a custom check", even, "3", "it: expected a whole number, found a string"],
    ["a list that is too long", list(anything(), 2), [1, 2, 3], "it: more than 2 entries"],
  ];
  for (const [what, shape, value, told] of faults) {
    it(`reports ${what}`, () => assert.equal(wrongIn(shape, value), told));
  }

  it("limits the total entries of all lists and maps", () => {
    const lists = object({ a: list(anything()), b: mapOf(anything()) });
    const half = Array(MOST_ENTRIES - 1).fill(0);
    assert.equal(wrongIn(lists, { a: half, b: { x: 1 } }), null);
    assert.match(wrongIn(lists, { a: half, b: { x: 1, y: 2 } }) ?? "", /^b: more than 400000 entries in all/);
  });

  it("truncates a key in a message", () => {
    assert.equal(
      wrongIn(mapOf(text()), { ["k".repeat(1000)]: 1 })?.length,
      64 + ": expected a string, found a number".length,
    );
  });
});

// Values that are invalid in their place, and changes that insert them.
import fc, { type Arbitrary } from "fast-check";
import type { Change, OddValue } from "./change.ts";

export const createOddValue = (what: string, json: string): OddValue => ({ what, json });

const plainValues: Arbitrary<OddValue> = fc
  .constantFrom(
    ..."null true false 0 -1 -0 1.5 1e308 1e400 -1e400 123456789012345678901234567890".split(" "),
    ...'[] {} [[]] [null] [0] [{}] ["x"] {"x":0} {"name":0} {"name":"x"} {"name":null}'.split(" "),
    ...[
      '""',
      '" "',
      '"x"',
      '"\\u0000"',
      '"\\ud800"',
      '"__proto__"',
      '"../.."',
      '"a\\nb"',
      '"$(X)"',
      '"{podName}"',
    ],
    ...['{"":null}', '{"length":3}', '{"toString":null}', '{"toJSON":1}', '{"then":1}', '{"constructor":{}}'],
    '{"__proto__":{"name":"x"}}',
  )
  .map((json) => createOddValue(json, json));

const jsonValues = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.stringify(value))
  .map((json) => createOddValue(json.length > 80 ? `${json.slice(0, 80)}…` : json, json));

const deepValues = fc
  .record({
    open: fc.constantFrom("[", '{"a":', '{"name":', '[{"a":'),
    levels: fc.constantFrom(100, 400, 1_000, 5_000, 10_000, 20_000, 100_000),
  })
  .map(({ open, levels }) => {
    const closing = [...open].reverse().filter((each) => each === "[" || each === "{");
    const close = closing.map((each) => (each === "[" ? "]" : "}")).join("");
    return createOddValue(`${levels} levels of ${open}`, `${open.repeat(levels)}0${close.repeat(levels)}`);
  });

const hugeValues = fc
  .record({
    unit: fc.constantFrom("x", "/", "-", ".", "é", "\\u0000", "{{", "$(", "a,", "\\n"),
    length: fc.constantFrom(300, 1_100, 70_000, 500_000, 1_000_000),
  })
  .map(({ unit, length }) =>
    createOddValue(`a string of ${length} times ${unit}`, `"${unit.repeat(length / unit.length)}"`),
  );

const wideValues = fc
  .record({ count: fc.constantFrom(1_000, 20_000, 60_000), isList: fc.boolean() })
  .map(({ count, isList }) => {
    const keys = Array.from({ length: count }, (_, index) => `"k${index}":"v"`);
    const all = isList ? `[${Array(count).fill('{"name":"x"}').join(",")}]` : `{${keys.join(",")}}`;
    return createOddValue(`${count} ${isList ? "elements" : "keys"}`, all);
  });

export const smallChanges: Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant("wrong elements" as const),
      element: fc.oneof({ weight: 3, arbitrary: plainValues }, { weight: 1, arbitrary: jsonValues }),
      count: fc.constantFrom(1, 1, 2, 50, 1_000),
      behind: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant("another value" as const),
      value: fc.oneof({ weight: 3, arbitrary: plainValues }, { weight: 1, arbitrary: jsonValues }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ is: "nothing" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant("a key twice" as const),
      value: plainValues,
      behind: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant("one more key" as const),
      key: fc.constantFrom(
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "hasOwnProperty",
        "toJSON",
        "then",
        "",
      ),
      value: plainValues,
    }),
  },
);

/** Long or deeply nested values. */
export const largeChanges: Arbitrary<Change> = fc.record({
  is: fc.constant("another value" as const),
  value: fc.oneof(
    { weight: 3, arbitrary: deepValues },
    { weight: 1, arbitrary: hugeValues },
    { weight: 1, arbitrary: wideValues },
  ),
});

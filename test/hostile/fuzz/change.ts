// Changes a valid review in one place. The text is changed, since JSON.stringify writes neither duplicate keys nor
// numbers that are too large.

export type Path = readonly (string | number)[];

/** JSON text of a value that is invalid in its place. */
export interface OddValue {
  readonly what: string;
  readonly json: string;
}

export type Change =
  /** a list is replaced by such elements, or extended with them */
  | {
      readonly is: "wrong elements";
      readonly element: OddValue;
      readonly count: number;
      readonly behind: boolean;
    }
  | { readonly is: "another value"; readonly value: OddValue }
  | { readonly is: "nothing" }
  /** a duplicate key in an object; behind: the odd value comes last and takes effect */
  | { readonly is: "a key twice"; readonly value: OddValue; readonly behind: boolean }
  | { readonly is: "one more key"; readonly key: string; readonly value: OddValue };

/** What kind of value a change needs. */
const NEEDS: Readonly<Record<Change["is"], (value: unknown) => boolean>> = {
  "wrong elements": Array.isArray,
  "another value": () => true,
  nothing: () => true,
  "a key twice": (value) => isObject(value) && Object.keys(value).length > 0,
  "one more key": (value) => isObject(value),
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The paths of all values in a value, its own first, that `wanted` accepts. */
export function findPaths(value: unknown, wanted: (value: unknown) => boolean, path: Path = []): Path[] {
  const own = wanted(value) ? [path] : [];
  if (Array.isArray(value))
    return [...own, ...value.flatMap((each, index) => findPaths(each, wanted, [...path, index]))];
  if (!isObject(value)) return own;
  return [...own, ...Object.entries(value).flatMap(([key, each]) => findPaths(each, wanted, [...path, key]))];
}

export const findPlaces = (value: unknown, change: Change): Path[] => findPaths(value, NEEDS[change.is]);

/** The JSON text of a value, with the change at a path. */
export function writeChanged(value: unknown, path: Path, change: Change): string {
  return write(value, path, change) ?? "";
}

/** @returns null if nothing is left */
function write(value: unknown, [key, ...rest]: Path, change: Change): string | null {
  if (key === undefined) return changedText(value, change);
  if (Array.isArray(value)) {
    const parts = value.map((each, index) =>
      index === key ? write(each, rest, change) : JSON.stringify(each),
    );
    return `[${parts.filter((part) => part !== null).join(",")}]`;
  }
  const parts = Object.entries(value as object).map(([name, each]) => {
    const text = name === key ? write(each, rest, change) : JSON.stringify(each);
    return text === null ? null : `${JSON.stringify(name)}:${text}`;
  });
  return `{${parts.filter((part) => part !== null).join(",")}}`;
}

function changedText(value: unknown, change: Change): string | null {
  switch (change.is) {
    case "wrong elements": {
      const own = change.behind ? (value as unknown[]).map((each) => JSON.stringify(each)) : [];
      return `[${[...own, ...Array<string>(change.count).fill(change.element.json)].join(",")}]`;
    }
    case "another value":
      return change.value.json;
    case "nothing":
      return null;
    case "a key twice": {
      const [key = ""] = Object.keys(value as object);
      return withEntry(value as object, key, change);
    }
    case "one more key":
      return withEntry(value as object, change.key, { value: change.value, behind: true });
  }
}

function withEntry(
  value: object,
  key: string,
  { value: odd, behind }: { value: OddValue; behind: boolean },
): string {
  const own = JSON.stringify(value).slice(1, -1);
  const entry = `${JSON.stringify(key)}:${odd.json}`;
  const parts = (behind ? [own, entry] : [entry, own]).filter((part) => part !== "");
  return `{${parts.join(",")}}`;
}

export function sayChange(change: Change): string {
  switch (change.is) {
    case "wrong elements":
      return `${change.count} times ${change.element.what}${change.behind ? " behind its elements" : ""}`;
    case "another value":
      return change.value.what;
    case "nothing":
      return "nothing";
    case "a key twice":
      return `its first key once more, with ${change.value.what}${change.behind ? " behind" : ""}`;
    case "one more key":
      return `the key ${JSON.stringify(change.key)} with ${change.value.what}`;
  }
}

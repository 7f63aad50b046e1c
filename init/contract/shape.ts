// Validators for untrusted JSON. A validator checks a value in place without copying, stops at the first fault, and
// rejects a value with too many entries. A schema library that collects every fault of a list takes 700 bytes for each,
// so 1 MiB of invalid elements exhausts a process's memory (measured with zod 4).

/** What is wrong with a value, and where in it. */
export interface ShapeFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Entries of lists and maps that may still be read. */
interface ReadBudget {
  left: number;
}

/** @returns null if the value is valid */
type ShapeCheck = (value: unknown, budget: ReadBudget) => ShapeFault | null;

/** A validator. `type` only carries the static type and is never set. */
export interface Shape<T> {
  readonly check: ShapeCheck;
  readonly type?: T;
}

export type TypeOf<S> = S extends Shape<infer T> ? T : never;

type ShapeFields = Readonly<Record<string, Shape<unknown>>>;

type OptionalKeys<F extends ShapeFields> = {
  [K in keyof F]: undefined extends TypeOf<F[K]> ? K : never;
}[keyof F];

type ClosedObject<F extends ShapeFields> = { [K in Exclude<keyof F, OptionalKeys<F>>]: TypeOf<F[K]> } & {
  [K in OptionalKeys<F>]?: TypeOf<F[K]>;
};

/** The fields, and any others. */
export type OpenObject<F extends ShapeFields> = { [other: string]: unknown } & ClosedObject<F>;

/**
 * More entries than any object that the API server can store: etcd accepts 1.5 MiB, and the smallest entry, an
 * environment variable with a name of one letter, takes 5 bytes there.
 */
export const MOST_ENTRIES = 400_000;

const LONGEST_KEY = 64;

function expected(what: string, value: unknown): ShapeFault {
  return { path: [], message: `expected ${what}, found ${describe(value)}` };
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}

const within = (key: string | number, { path, message }: ShapeFault): ShapeFault => ({
  path: [typeof key === "string" ? key.slice(0, LONGEST_KEY) : key, ...path],
  message,
});

const tooMany = (): ShapeFault => ({
  path: [],
  message: `more than ${MOST_ENTRIES} entries in all, which is more than the API server stores in one object`,
});

/** Any value, unchecked. */
export function anything(): Shape<unknown> {
  return { check: () => null };
}

/** @param most characters */
export function text(most = Number.POSITIVE_INFINITY): Shape<string> {
  return {
    check: (value) => {
      if (typeof value !== "string") return expected("a string", value);
      return value.length <= most ? null : { path: [], message: `longer than ${most} characters` };
    },
  };
}

/** A string that matches a pattern. Matching must take linear time. @param what for messages, e.g. "a node id" */
export function matching(pattern: RegExp, what: string): Shape<string> {
  return {
    check: (value) => {
      if (typeof value !== "string") return expected(what, value);
      return pattern.test(value) ? null : { path: [], message: `not ${what}` };
    },
  };
}

/** A string with at least one character. */
export function nonEmptyText(): Shape<string> {
  return matching(/./s, "a text with at least one character");
}

/** An absolute path. */
export function absolutePath(): Shape<string> {
  return matching(/^\//, "an absolute path");
}

/** An HTTP or HTTPS URL. */
export function webAddress(): Shape<string> {
  return {
    check: (value) => {
      const isAddress = typeof value === "string" && /^https?:/i.test(value) && URL.canParse(value);
      return isAddress ? null : expected("an address such as https://example.com", value);
    },
  };
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/;

/** A time in UTC after RFC 3339, as Date.toISOString writes it. */
export function dateTime(): Shape<string> {
  return {
    check: (value) => {
      const isTime = typeof value === "string" && DATE_TIME.test(value) && !Number.isNaN(Date.parse(value));
      return isTime ? null : expected("a time such as 2026-01-31T12:00:00Z", value);
    },
  };
}

export function anyNumber(): Shape<number> {
  return {
    check: (value) =>
      typeof value === "number" && Number.isFinite(value) ? null : expected("a number", value),
  };
}

/** An integer that JSON represents exactly. */
export function integer(
  least = Number.MIN_SAFE_INTEGER,
  most: number = Number.MAX_SAFE_INTEGER,
): Shape<number> {
  return {
    check: (value) => {
      if (typeof value !== "number" || !Number.isSafeInteger(value)) return expected("a whole number", value);
      return value >= least && value <= most ? null : { path: [], message: `not within ${least}..${most}` };
    },
  };
}

/** A number above 0. */
export function positive(most = Number.POSITIVE_INFINITY): Shape<number> {
  return {
    check: (value) => {
      if (typeof value !== "number" || !Number.isFinite(value)) return expected("a number", value);
      return value > 0 && value <= most ? null : { path: [], message: `not above 0 and up to ${most}` };
    },
  };
}

export function flag(): Shape<boolean> {
  return { check: (value) => (typeof value === "boolean" ? null : expected("true or false", value)) };
}

/** One of these values. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(values);
  return {
    check: (value) => (known.has(value) ? null : expected(values.map(String).join(" or "), value)),
  };
}

/** A value of the first shape, or else of the second. */
export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return {
    check: (value, budget) => (first.check(value, budget) === null ? null : second.check(value, budget)),
  };
}

/** The value may be missing. */
export function optional<T>({ check }: Shape<T>): Shape<T | undefined> {
  return { check: (value, budget) => (value === undefined ? null : check(value, budget)) };
}

/** The value may be null. */
export function nullable<T>({ check }: Shape<T>): Shape<T | null> {
  return { check: (value, budget) => (value === null ? null : check(value, budget)) };
}

/** The value may be missing or null: some clients of the API server write null for an absent field. */
export function nullish<T>({ check }: Shape<T>): Shape<T | null | undefined> {
  return { check: (value, budget) => (value === undefined || value === null ? null : check(value, budget)) };
}

/** @param most entries */
export function list<T>({ check }: Shape<T>, most = MOST_ENTRIES): Shape<T[]> {
  return {
    check: (value, budget) => {
      if (!Array.isArray(value)) return expected("a list", value);
      if (value.length > most) return { path: [], message: `more than ${most} entries` };
      budget.left -= value.length;
      if (budget.left < 0) return tooMany();
      for (let index = 0; index < value.length; index += 1) {
        const fault = check(value[index], budget);
        if (fault !== null) return within(index, fault);
      }
      return null;
    },
  };
}

/** A list with at least one entry. */
export function nonEmptyList<T>(entry: Shape<T>): Shape<readonly T[]> {
  const { check } = list(entry);
  return {
    check: (value, budget) =>
      Array.isArray(value) && value.length === 0
        ? { path: [], message: "a list without entries" }
        : check(value, budget),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with any keys, all of whose values have one shape. */
export function mapOf<T>({ check }: Shape<T>): Shape<{ [key: string]: T }> {
  return {
    check: (value, budget) => {
      if (!isObject(value)) return expected("an object", value);
      // Object.keys includes a key `__proto__`, and is faster than `for … in` on a long map
      const keys = Object.keys(value);
      budget.left -= keys.length;
      if (budget.left < 0) return tooMany();
      for (const key of keys) {
        const fault = check(value[key], budget);
        if (fault !== null) return within(key, fault);
      }
      return null;
    },
  };
}

/** An object with these fields, and any others, which are not checked. */
export function object<F extends ShapeFields>(fields: F): Shape<OpenObject<F>> {
  const all = Object.entries(fields);
  return {
    check: (value, budget) => {
      if (!isObject(value)) return expected("an object", value);
      for (const [key, { check }] of all) {
        const fault = check(value[key], budget);
        if (fault !== null) return within(key, fault);
      }
      return null;
    },
  };
}

/** An object with these fields and no others. */
export function closed<F extends ShapeFields>(fields: F): Shape<ClosedObject<F>> {
  const { check } = object(fields);
  return {
    check: (value, budget) => {
      const fault = check(value, budget);
      if (fault !== null || !isObject(value)) return fault;
      for (const key in value) {
        if (!Object.hasOwn(fields, key)) return within(key, { path: [], message: "no such field" });
      }
      return null;
    },
  };
}

/** An object whose field `key` says which of several shapes it has. */
export function variants<V extends ShapeFields>(key: string, byValue: V): Shape<TypeOf<V[keyof V]>> {
  const known = new Map(Object.entries(byValue));
  return {
    check: (value, budget) => {
      if (!isObject(value)) return expected("an object", value);
      const { [key]: found } = value;
      const shape = typeof found === "string" ? known.get(found) : undefined;
      if (shape !== undefined) return shape.check(value, budget);
      return within(key, expected([...known.keys()].join(" or "), found));
    },
  };
}

/** A value of a shape for which `findFault` returns null as well. */
export function checked<T>({ check }: Shape<T>, findFault: (value: T) => ShapeFault | null): Shape<T> {
  // the check has just shown that it is one
  return { check: (value, budget) => check(value, budget) ?? findFault(value as T) };
}

/** Validates a value. @returns the value itself, or its first fault */
export function readShape<T>(shape: Shape<T>, value: unknown): { value: T } | { fault: ShapeFault } {
  const fault = shape.check(value, { left: MOST_ENTRIES });
  // the check has just shown that it is one
  return fault === null ? { value: value as T } : { fault };
}

/**
 * Formats a fault, e.g. "spec.containers.0.name: expected a string, found nothing".
 * @param whole the name of the value itself
 */
export function formatShapeFault({ path, message }: ShapeFault, whole = "it"): string {
  return `${path.join(".") || whole}: ${message}`;
}

// JSON Patch operations (RFC 6902) on the raw object of a review. Objects are never decoded into types and
// written back, so that fields nobody here knows survive byte for byte (DESIGN: numbering).

/**
 * What injection needs: "add" on an array index inserts before it, "-" appends. What the object holds already is
 * copied instead of repeated: a patch stands in audit logs, and an env value may be a secret.
 */
export type Operation =
  | { op: "add"; path: string; value: unknown }
  | { op: "replace"; path: string; value: unknown }
  | { op: "copy"; from: string; path: string }
  | { op: "move"; from: string; path: string };

type Parts = readonly (string | number)[];

/** A JSON pointer (RFC 6901) from its parts, with ~ and / escaped. */
export function pointer(...parts: Parts): string {
  let path = "";
  for (const part of parts) path += `/${typeof part === "number" ? part : escaped(part)}`;
  return path;
}

const escaped = (part: string): string =>
  part.includes("~") || part.includes("/") ? part.replaceAll("~", "~0").replaceAll("/", "~1") : part;

/** An operation that adds `value` at a path given in parts. */
export function add(parts: Parts, value: unknown): Operation {
  return { op: "add", path: pointer(...parts), value };
}

/** An operation that puts `value` in the place of what is there. */
export function replace(parts: Parts, value: unknown): Operation {
  return { op: "replace", path: pointer(...parts), value };
}

/** An operation that puts a copy of what is at `from` to `to`, both as they are when it is its turn. */
export function copy(from: Parts, to: Parts): Operation {
  return { op: "copy", from: pointer(...from), path: pointer(...to) };
}

/** An operation that takes an item out of a list, and puts it there again at another index: of the list without it. */
export function move(list: Parts, from: number, to: number): Operation {
  return { op: "move", from: pointer(...list, from), path: pointer(...list, to) };
}

/**
 * Operations that put `items` into an array of an object, which may be missing.
 * @param parts where the array is
 * @param array the array as it is now, undefined where there is none
 * @param at index of the first item; "end" appends
 */
export function insertAll(
  parts: Parts,
  array: readonly unknown[] | undefined,
  items: readonly unknown[],
  at: number | "end" = "end",
): Operation[] {
  if (items.length === 0) return [];
  if (array === undefined) return [add(parts, items)];
  const list = pointer(...parts);
  return items.map((value, index) => ({
    op: "add",
    path: `${list}/${at === "end" ? "-" : at + index}`,
    value,
  }));
}

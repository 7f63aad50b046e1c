// Equality of JSON values. Node's isDeepStrictEqual takes a microsecond for the smallest object, and its recursion is as
// deep as the value, which a forged request controls.

/** Whether two values are the same JSON, regardless of the order of keys. */
export function isSameJson(one: unknown, other: unknown): boolean {
  const open: [unknown, unknown][] = [[one, other]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair;
    if (a === b) continue;
    if (!isNested(a) || !isNested(b) || Array.isArray(a) !== Array.isArray(b)) return false;
    if (!pairMembers(a, b, open)) return false;
  }
  return true;
}

type JsonObject = { readonly [key: string]: unknown };

const isNested = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;

/** Adds the nested members of two objects to `open`. @returns false if the objects differ at this level */
function pairMembers(a: JsonObject, b: JsonObject, open: [unknown, unknown][]): boolean {
  let members = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key)) return false;
    members += 1;
    const [left, right] = [a[key], b[key]];
    if (left === right) continue;
    // most differences are found here, without a look at deeper levels
    if (!isNested(left) || !isNested(right)) return false;
    open.push([left, right]);
  }
  for (const _ in b) members -= 1;
  return members === 0;
}

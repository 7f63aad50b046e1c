// Equality of JSON values. node's isDeepStrictEqual takes a microsecond for the smallest object, and recurses as deep as
// a value is nested, which a forged request decides.

/** Whether two values are the same JSON, whatever the order of their keys. */
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

/** @returns false where the two have other keys */
function pairMembers(a: JsonObject, b: JsonObject, open: [unknown, unknown][]): boolean {
  let members = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key)) return false;
    members += 1;
    const [mine, theirs] = [a[key], b[key]];
    if (mine === theirs) continue;
    // most differences are found here, before anything below is looked at
    if (!isNested(mine) || !isNested(theirs)) return false;
    open.push([mine, theirs]);
  }
  for (const _ in b) members -= 1;
  return members === 0;
}

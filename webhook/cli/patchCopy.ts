// What the API server does with a patch, for the commands that work without one.
import { applyPatch, type Operation } from "rfc6902";

/** A copy of an object with a JSON Patch applied; throws where an operation cannot be done. */
export function patchCopy<T>(object: T, operations: readonly Operation[]): T {
  const copy = structuredClone(object);
  // what is put there must not be the operations' own: a later one may change it
  const failed = applyPatch(copy, structuredClone([...operations])).find((error) => error !== null);
  if (failed) throw failed;
  return copy;
}

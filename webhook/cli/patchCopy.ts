// Applies patches as the API server does, for commands that run without one.
import { applyPatch, type Operation } from "rfc6902";

/** Applies a JSON Patch to a copy of an object. @throws if an operation fails */
export function patchCopy<T>(object: T, operations: readonly Operation[]): T {
  const copy = structuredClone(object);
  // clone the operations, since a later one may change a value that an earlier one has inserted
  const failed = applyPatch(copy, structuredClone([...operations])).find((error) => error !== null);
  if (failed) throw failed;
  return copy;
}

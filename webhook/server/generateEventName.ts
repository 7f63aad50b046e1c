// Names of Events: the object's name and a random suffix, which is unique across replicas.
import { randomBytes } from "node:crypto";

/** A name has at most 253 characters, of which the dot and the suffix take 13. */
const MAX_PREFIX = 240;

/** @param object the name of the involved object */
export function generateEventName(object: string): string {
  // a label of the truncated name must not end with '-' or '.'
  const prefix = object.slice(0, MAX_PREFIX).replace(/[^a-z0-9]+$/, "");
  return `${prefix}.${randomBytes(6).toString("hex")}`;
}

// Digests of JSON values: the same value gives the same digest, whatever the order of its keys.
import { createHash } from "node:crypto";

/** JSON text with sorted keys; undefined members are left out as JSON.stringify does. */
export function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** sha256 of the canonical JSON of a value, 64 hexadecimal digits. */
export function computeDigest(value: unknown): string {
  return createHash("sha256").update(toCanonicalJson(value)).digest("hex");
}

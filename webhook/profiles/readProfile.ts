// Reads a RollcallProfile object: the compiled profile, or its faults.
import type * as z from "zod";
import { compile } from "./compile.ts";
import type { SpecFault } from "./fault.ts";
import type { Profile, ProfileVersion } from "./profile.ts";
import { profileDocument } from "./schema.ts";
import { suggestKey } from "./suggestKey.ts";

export type ReadProfile = { profile: Profile } | { faults: readonly [SpecFault, ...SpecFault[]] };

const MAX_FAULTS = 20;

/**
 * Reads a RollcallProfile; never throws.
 * @param object parsed JSON
 * @param version null: not from the API server
 */
export function readProfile(object: unknown, version: ProfileVersion | null): ReadProfile {
  const read = profileDocument.safeParse(object);
  if (read.success) {
    const { metadata, spec } = read.data;
    return { profile: compile({ name: metadata.name, version }, spec) };
  }
  // bounded, since a profile may have any number of faults and each suggestion searches the schema
  const faults = read.error.issues
    .slice(0, MAX_FAULTS)
    .flatMap((issue) => toFaults(issue, object))
    .slice(0, MAX_FAULTS);
  const [first = { path: [], message: "not a RollcallProfile" }, ...others] = faults;
  return { faults: [first, ...others] };
}

function toFaults(issue: z.core.$ZodIssue, object: unknown): SpecFault[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, MAX_FAULTS).map((key) => {
      const suggestion = suggestKey(path, key);
      return {
        path: [...path, key],
        about: "key",
        message: `unknown field${suggestion === null ? "" : `; did you mean ${suggestion}?`}`,
      };
    });
  }
  const message = issue.code === "invalid_key" ? issue.issues[0]?.message : describeMissing(issue, object);
  return [{ path, message: message ?? issue.message }];
}

/** The API server's words for a missing field; undefined: the field exists. */
function describeMissing(issue: z.core.$ZodIssue, object: unknown): string | undefined {
  if (issue.code !== "invalid_type" && issue.code !== "invalid_value") return undefined;
  if (!issue.message.startsWith("Invalid ")) return undefined;
  return getAt(object, issue.path) === undefined ? "required value" : undefined;
}

const getAt = (object: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    object,
  );

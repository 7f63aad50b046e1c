// A RollcallProfile from the object that the API server or a file has to the compiled profile, or every fault in it.
import type * as z from "zod";
import { compile } from "./compile.ts";
import type { SpecFault } from "./fault.ts";
import type { Profile, ProfileVersion } from "./profile.ts";
import { profileDocument } from "./schema.ts";
import { suggestKey } from "./suggestKey.ts";

export type ReadProfile = { profile: Profile } | { faults: readonly [SpecFault, ...SpecFault[]] };

/** At most so many faults are reported of one profile. */
const MOST_FAULTS = 20;

/**
 * Reads a RollcallProfile; never throws.
 * @param object as JSON has it
 * @param version null where it was not read from the API server
 */
export function readProfile(object: unknown, version: ProfileVersion | null): ReadProfile {
  const read = profileDocument.safeParse(object);
  if (read.success) {
    const { metadata, spec } = read.data;
    return { profile: compile({ name: metadata.name, version }, spec) };
  }
  // each takes a look at the schema, and an author may write any number of them
  const faults = read.error.issues
    .slice(0, MOST_FAULTS)
    .flatMap((issue) => toFaults(issue, object))
    .slice(0, MOST_FAULTS);
  const [first = { path: [], message: "it is not a RollcallProfile" }, ...others] = faults;
  return { faults: [first, ...others] };
}

function toFaults(issue: z.core.$ZodIssue, object: unknown): SpecFault[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, MOST_FAULTS).map((key) => {
      const meant = suggestKey(path, key);
      return {
        path: [...path, key],
        about: "key",
        message: `unknown field${meant === null ? "" : `; did you mean ${meant}?`}`,
      };
    });
  }
  const message = issue.code === "invalid_key" ? issue.issues[0]?.message : sayMissing(issue, object);
  return [{ path, message: message ?? issue.message }];
}

/** "Required value" as the API server says it, where a field is not there. */
function sayMissing(issue: z.core.$ZodIssue, object: unknown): string | undefined {
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

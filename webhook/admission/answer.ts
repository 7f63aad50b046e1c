// Answers as verbs: allowed, patched, denied, errored.
import type { AdmissionResponse } from "./review.ts";

/** What a handler decides, before it is bound to the uid of a request. */
export type Answer = Omit<AdmissionResponse, "uid">;

/** Extras that any answer may carry. Audit annotation keys are bare; the API server puts the webhook's name before them. */
export interface Extras {
  warnings?: readonly string[];
  audit?: Readonly<Record<string, string>>;
}

/**
 * As long as all warnings of a request stay within this sum of characters, the API server passes them on whole; past it,
 * it cuts each one, and drops what then is still too much (apiserver, endpoints/filters/warning.go).
 */
const ALL_WARNINGS = 4096;

/** What it cuts them to. */
const LONGEST_WARNING = 256;

/** The API server drops a whole warning over one of these (apimachinery, NewWarningHeader). */
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

export function allowed(extras: Extras = {}): Answer {
  return { allowed: true, ...dress(extras) };
}

export function patched(operations: readonly Operation[], extras: Extras = {}): Answer {
  if (operations.length === 0) return allowed(extras);
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  return { allowed: true, patchType: "JSONPatch", patch, ...dress(extras) };
}

/** A refusal by decision: 403, the words go to whoever asked. */
export function denied(message: string, extras: Extras = {}): Answer {
  return refusal({ message, reason: "Forbidden", code: 403 }, extras);
}

/** A refusal because the answer could not be found: 500, so that a client may try again. */
export function errored(message: string, extras: Extras = {}): Answer {
  return refusal({ message, reason: "InternalError", code: 500 }, extras);
}

/**
 * One answer of two deciders without patches: a refusal of either refuses, in the words of both where both do.
 * Warnings and audit annotations are kept of both; of one key the first one's.
 */
export function together(first: Answer, second: Answer): Answer {
  const extras = {
    warnings: [...(first.warnings ?? []), ...(second.warnings ?? [])],
    audit: { ...second.auditAnnotations, ...first.auditAnnotations },
  };
  const [refused, other] = [first, second].flatMap(({ status }) => (status === undefined ? [] : [status]));
  if (refused === undefined) return allowed(extras);
  const message = other === undefined ? refused.message : `${refused.message}\n${other.message}`;
  return { allowed: false, status: { ...refused, message }, ...dress(extras) };
}

/** Denials have a few hundred characters, and a list of commands some thousand. */
const LONGEST_MESSAGE = 16 * 1024;

/** What the API server drops whole where it is longer stands in audit logs; ours are names, codes and one sentence. */
const LONGEST_AUDIT = 1024;

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 3)}...` : text;

function refusal(status: { message: string; reason: string; code: number }, extras: Extras): Answer {
  const message = cut(status.message, LONGEST_MESSAGE);
  return { allowed: false, status: { status: "Failure", ...status, message }, ...dress(extras) };
}

function dress({ warnings = [], audit = {} }: Extras): Partial<Answer> {
  const kept = fitting(warnings.map((each) => each.replaceAll(CONTROL_CHARACTERS, " ")));
  return {
    ...(kept.length > 0 ? { warnings: kept } : {}),
    ...(Object.keys(audit).length > 0 ? { auditAnnotations: shortAudit(audit) } : {}),
  };
}

function shortAudit(audit: Readonly<Record<string, string>>): Record<string, string> {
  const short: Record<string, string> = {};
  for (const key of Object.keys(audit)) short[key] = cut(audit[key] ?? "", LONGEST_AUDIT);
  return short;
}

/** The warnings whole, or cut and as many as fit, so that the end of one is not lost without a sign. */
function fitting(warnings: readonly string[]): string[] {
  const sum = (all: readonly string[]): number => all.reduce((total, { length }) => total + length, 0);
  if (sum(warnings) <= ALL_WARNINGS) return [...warnings];
  const short = warnings.map((each) => cut(each, LONGEST_WARNING));
  let left = ALL_WARNINGS;
  return short.filter(({ length }) => {
    left -= length;
    return left >= 0;
  });
}

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

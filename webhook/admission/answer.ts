// Builds the answer to an admission request: allowed, patched, denied or failed; and the operations of a JSON Patch.
import type { AdmissionResponse } from "./review.ts";

/** The decision of a handler, without the uid of the request. */
export type AdmissionAnswer = Omit<AdmissionResponse, "uid">;

/** What any answer may carry. The API server prefixes the keys of audit annotations with the webhook's name. */
export interface AnswerExtras {
  warnings?: readonly string[];
  audit?: Readonly<Record<string, string>>;
}

/**
 * Up to this sum of characters the API server passes all warnings of a request on. Beyond it, it truncates each of them, and
 * drops the rest if that is not enough (apiserver, endpoints/filters/warning.go).
 */
const ALL_WARNINGS = 4096;

/** The length to which it truncates them. */
const LONGEST_WARNING = 256;

/** The API server drops a warning that contains one of these (apimachinery, NewWarningHeader). */
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

export function allowRequest(extras: AnswerExtras = {}): AdmissionAnswer {
  return { allowed: true, ...toResponseFields(extras) };
}

export function allowWithPatch(
  operations: readonly PatchOperation[],
  extras: AnswerExtras = {},
): AdmissionAnswer {
  if (operations.length === 0) return allowRequest(extras);
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  return { allowed: true, patchType: "JSONPatch", patch, ...toResponseFields(extras) };
}

/** Denies a request with status 403; the user sees the message. */
export function denyRequest(message: string, extras: AnswerExtras = {}): AdmissionAnswer {
  return buildRefusal({ message, reason: "Forbidden", code: 403 }, extras);
}

/** Fails a request that could not be decided, with status 500, so that clients may retry. */
export function failRequest(message: string, extras: AnswerExtras = {}): AdmissionAnswer {
  return buildRefusal({ message, reason: "InternalError", code: 500 }, extras);
}

/**
 * Merges two answers without patches. The result is a refusal if either is, with the messages of both if both are. It has
 * the warnings and audit annotations of both; for a key that both set, the first answer's value.
 */
export function mergeAnswers(first: AdmissionAnswer, second: AdmissionAnswer): AdmissionAnswer {
  const extras = {
    warnings: [...(first.warnings ?? []), ...(second.warnings ?? [])],
    audit: { ...second.auditAnnotations, ...first.auditAnnotations },
  };
  const [refused, other] = [first, second].flatMap(({ status }) => (status === undefined ? [] : [status]));
  if (refused === undefined) return allowRequest(extras);
  const message = other === undefined ? refused.message : `${refused.message}\n${other.message}`;
  return { allowed: false, status: { ...refused, message }, ...toResponseFields(extras) };
}

/** A denial has a few hundred characters, and some thousand with a list of commands. */
const LONGEST_MESSAGE = 16 * 1024;

/** Bounds what is written to audit logs; Rollcall's annotations are names, codes and one sentence. */
const LONGEST_AUDIT = 1024;

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 3)}...` : text;

function buildRefusal(
  status: { message: string; reason: string; code: number },
  extras: AnswerExtras,
): AdmissionAnswer {
  const message = cut(status.message, LONGEST_MESSAGE);
  return { allowed: false, status: { status: "Failure", ...status, message }, ...toResponseFields(extras) };
}

function toResponseFields({ warnings = [], audit = {} }: AnswerExtras): Partial<AdmissionAnswer> {
  const kept = truncateWarnings(warnings.map((each) => each.replaceAll(CONTROL_CHARACTERS, " ")));
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

/** The warnings as they are if all fit; otherwise as many as fit, each cut with "...", which the API server would not add. */
function truncateWarnings(warnings: readonly string[]): string[] {
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
 * The operations that injection needs: "add" at an array index inserts before it, "-" appends. Values that the object holds
 * already are copied instead of repeated: audit logs record patches, and an env value may be a secret.
 */
export type PatchOperation =
  | { op: "add"; path: string; value: unknown }
  | { op: "replace"; path: string; value: unknown }
  | { op: "copy"; from: string; path: string }
  | { op: "move"; from: string; path: string };

type PointerParts = readonly (string | number)[];

/** Builds a JSON pointer (RFC 6901) from its parts, with ~ and / escaped. */
export function toJsonPointer(...parts: PointerParts): string {
  let path = "";
  for (const part of parts) path += `/${typeof part === "number" ? part : escapePart(part)}`;
  return path;
}

const escapePart = (part: string): string =>
  part.includes("~") || part.includes("/") ? part.replaceAll("~", "~0").replaceAll("/", "~1") : part;

/** An operation that adds `value` at a path given in parts. */
export function add(parts: PointerParts, value: unknown): PatchOperation {
  return { op: "add", path: toJsonPointer(...parts), value };
}

/** An operation that replaces the value at a path. */
export function replace(parts: PointerParts, value: unknown): PatchOperation {
  return { op: "replace", path: toJsonPointer(...parts), value };
}

/** An operation that copies the value at `from` to `to`; both are paths at the time the operation is applied. */
export function copy(from: PointerParts, to: PointerParts): PatchOperation {
  return { op: "copy", from: toJsonPointer(...from), path: toJsonPointer(...to) };
}

/** An operation that moves an item of a list. @param to its index in the list without the item */
export function move(list: PointerParts, from: number, to: number): PatchOperation {
  return { op: "move", from: toJsonPointer(...list, from), path: toJsonPointer(...list, to) };
}

/**
 * Operations that insert `items` into an array, which may be missing.
 * @param parts the path of the array
 * @param array the current array; undefined if it is missing
 * @param at index of the first item; "end" appends
 */
export function insertAll(
  parts: PointerParts,
  array: readonly unknown[] | undefined,
  items: readonly unknown[],
  at: number | "end" = "end",
): PatchOperation[] {
  if (items.length === 0) return [];
  if (array === undefined) return [add(parts, items)];
  const list = toJsonPointer(...parts);
  return items.map((value, index) => ({
    op: "add",
    path: `${list}/${at === "end" ? "-" : at + index}`,
    value,
  }));
}

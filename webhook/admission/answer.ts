// Answers as verbs: allowed, patched, denied, errored.
import type { AdmissionResponse } from "./review.ts";

/** What a handler decides, before it is bound to the uid of a request. */
export type AdmissionAnswer = Omit<AdmissionResponse, "uid">;

/** Extras that any answer may carry. Audit annotation keys are bare; the API server puts the webhook's name before them. */
export interface AnswerExtras {
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

/** A refusal by decision: 403, the words go to whoever asked. */
export function denyRequest(message: string, extras: AnswerExtras = {}): AdmissionAnswer {
  return buildRefusal({ message, reason: "Forbidden", code: 403 }, extras);
}

/** A refusal because the answer could not be found: 500, so that a client may try again. */
export function failRequest(message: string, extras: AnswerExtras = {}): AdmissionAnswer {
  return buildRefusal({ message, reason: "InternalError", code: 500 }, extras);
}

/**
 * One answer of two deciders without patches: a refusal of either refuses, in the words of both where both do.
 * Warnings and audit annotations are kept of both; of one key the first one's.
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

/** Denials have a few hundred characters, and a list of commands some thousand. */
const LONGEST_MESSAGE = 16 * 1024;

/** What the API server drops whole where it is longer stands in audit logs; ours are names, codes and one sentence. */
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

/** The warnings whole, or cut and as many as fit, so that the end of one is not lost without a sign. */
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
 * What injection needs: "add" on an array index inserts before it, "-" appends. What the object holds already is
 * copied instead of repeated: a patch stands in audit logs, and an env value may be a secret.
 */
export type PatchOperation =
  | { op: "add"; path: string; value: unknown }
  | { op: "replace"; path: string; value: unknown }
  | { op: "copy"; from: string; path: string }
  | { op: "move"; from: string; path: string };

type PointerParts = readonly (string | number)[];

/** A JSON pointer (RFC 6901) from its parts, with ~ and / escaped. */
export function toJsonPointer(...parts: PointerParts): string {
  let path = "";
  for (const part of parts) path += `/${typeof part === "number" ? part : escaped(part)}`;
  return path;
}

const escaped = (part: string): string =>
  part.includes("~") || part.includes("/") ? part.replaceAll("~", "~0").replaceAll("/", "~1") : part;

/** An operation that adds `value` at a path given in parts. */
export function add(parts: PointerParts, value: unknown): PatchOperation {
  return { op: "add", path: toJsonPointer(...parts), value };
}

/** An operation that puts `value` in the place of what is there. */
export function replace(parts: PointerParts, value: unknown): PatchOperation {
  return { op: "replace", path: toJsonPointer(...parts), value };
}

/** An operation that puts a copy of what is at `from` to `to`, both as they are when it is its turn. */
export function copy(from: PointerParts, to: PointerParts): PatchOperation {
  return { op: "copy", from: toJsonPointer(...from), path: toJsonPointer(...to) };
}

/** An operation that takes an item out of a list, and puts it there again at another index: of the list without it. */
export function move(list: PointerParts, from: number, to: number): PatchOperation {
  return { op: "move", from: toJsonPointer(...list, from), path: toJsonPointer(...list, to) };
}

/**
 * Operations that put `items` into an array of an object, which may be missing.
 * @param parts where the array is
 * @param array the array as it is now, undefined where there is none
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

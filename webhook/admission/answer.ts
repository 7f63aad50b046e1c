// Answers as verbs: allowed, patched, denied, errored.
import type { Operation } from "./patch.ts";
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

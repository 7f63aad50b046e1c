// The annotations of a StatefulSet that allow what would be denied: rollcall.dev/maintenance and rollcall.dev/override.
// Who may set the second is decided by a policy: manifests/base/override.yaml.
import { shorten } from "../kubernetes/shorten.ts";

export const MAINTENANCE = "rollcall.dev/maintenance";
export const OVERRIDE = "rollcall.dev/override";

/** How far ahead the deadline of an override may be: it must not outlive the emergency. */
const LONGEST_OVERRIDE_MS = 24 * 60 * 60_000;

/** RFC 3339 with a time zone. `Date.parse` alone accepts much more. */
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

export type Override =
  | { readonly is: "none" }
  | { readonly is: "valid"; readonly until: string; readonly reason: string }
  /** it is set and ignored */
  | { readonly is: "void"; readonly why: string };

/** Reads `rollcall.dev/override: DEADLINE REASON`. */
export function readOverride(annotations: Readonly<Record<string, string>>, now: Date): Override {
  const text = annotations[OVERRIDE]?.trim();
  if (text === undefined) return { is: "none" };
  const [until = "", ...words] = text.split(/\s+/);
  const deadline = RFC3339.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(deadline)) {
    return none(
      `it must begin with a deadline such as ${formatExampleDeadline(now)}, not ${JSON.stringify(shorten(until))}`,
    );
  }
  if (deadline <= now.getTime()) return none(`its deadline ${until} has passed (now ${now.toISOString()})`);
  if (deadline - now.getTime() > LONGEST_OVERRIDE_MS) {
    return none(`its deadline ${until} is more than 24 h ahead (now ${now.toISOString()})`);
  }
  if (words.length === 0) return none("it needs a reason after the deadline");
  const reason = words.join(" ");
  if (isPlaceholder(reason))
    return none(`it needs a reason after the deadline, not the placeholder ${shorten(reason)}`);
  return { is: "valid", until, reason };
}

/** The announcement of a pause at zero replicas. */
export type Maintenance =
  | { readonly reason: string }
  /** why it does not count, after the annotation's name: "is missing" */
  | { readonly wrong: string };

export function readMaintenance(annotations: Readonly<Record<string, string>>): Maintenance {
  const reason = annotations[MAINTENANCE]?.trim();
  if (reason === undefined) return { wrong: "is missing" };
  if (reason === "") return { wrong: "is empty, and needs a reason" };
  return isPlaceholder(reason)
    ? { wrong: `needs a reason, not the placeholder ${shorten(reason)}` }
    : { reason };
}

/** Commands in denials and documents have `<reason>` or REASON in its place, and may be pasted without an edit. */
function isPlaceholder(reason: string): boolean {
  return /^<[^<>]*>$/.test(reason) || /^reason$/i.test(reason);
}

/** A valid deadline, one hour ahead. */
export function formatExampleDeadline(now: Date): string {
  return `${new Date(now.getTime() + 60 * 60_000).toISOString().slice(0, 19)}Z`;
}

const none = (why: string): Override => ({ is: "void", why });

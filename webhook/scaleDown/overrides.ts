// What people may write on a StatefulSet to be let through: rollcall.dev/maintenance and rollcall.dev/override. Who may
// write the second is a matter of rights: manifests/overlays.

export const MAINTENANCE = "rollcall.dev/maintenance";
export const OVERRIDE = "rollcall.dev/override";

/** How far ahead a break-glass deadline may lie: one that outlives its emergency is a hole. */
const LONGEST_OVERRIDE_MS = 24 * 60 * 60_000;

/** RFC 3339 with a time zone; Date alone would take much more. */
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

export type Override =
  | { readonly is: "none" }
  | { readonly is: "valid"; readonly until: string; readonly reason: string }
  /** it is there, and does not count */
  | { readonly is: "void"; readonly why: string };

/** Reads `rollcall.dev/override: DEADLINE REASON`. */
export function overrideIn(annotations: Readonly<Record<string, string>>, now: Date): Override {
  const text = annotations[OVERRIDE]?.trim();
  if (text === undefined) return { is: "none" };
  const [until = "", ...words] = text.split(/\s+/);
  const deadline = RFC3339.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(deadline)) {
    return none(`it must begin with a deadline such as ${example(now)}, not ${JSON.stringify(until)}`);
  }
  if (deadline <= now.getTime()) return none(`its deadline ${until} is over (now ${now.toISOString()})`);
  if (deadline - now.getTime() > LONGEST_OVERRIDE_MS) {
    return none(`its deadline ${until} is more than 24 h ahead (now ${now.toISOString()})`);
  }
  if (words.length === 0) return none("a reason must stand behind the deadline");
  return { is: "valid", until, reason: words.join(" ") };
}

/** The reason for which a set may be scaled to zero, or null. */
export function maintenanceIn(annotations: Readonly<Record<string, string>>): string | null {
  return annotations[MAINTENANCE]?.trim() || null;
}

/** A deadline that would count, an hour ahead. */
export function example(now: Date): string {
  return `${new Date(now.getTime() + 60 * 60_000).toISOString().slice(0, 19)}Z`;
}

const none = (why: string): Override => ({ is: "void", why });

// Which profile judges a change: the old one, or whoever took the label away could then take the pods away.
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import type { Change } from "./change.ts";
import { removedOf } from "./ordinals.ts";

export interface Unjudged {
  readonly change: Change;
  /** the profile that is picked and does not exist */
  readonly missing: string;
  /** whether there are profiles at all */
  readonly isLoaded: boolean;
  /** it is stored, and not active */
  readonly isRejected: boolean;
}

/**
 * The change as it is to be judged, and by which profile. A profile that protects nothing keeps nobody from picking
 * another: the new one judges that as it judges a set that had none.
 * @param profiles null while none have been loaded
 */
export function judgedBy(
  change: Change,
  profiles: Profiles | null,
): { change: Change; profile: Profile } | Unjudged {
  const old = change.before?.profile ?? null;
  const label = old ?? change.after?.profile ?? "";
  const profile = profiles?.get(label);
  if (profile === undefined) {
    const isRejected = profiles?.getRejection(label) !== undefined;
    return { change, missing: label, isLoaded: profiles !== null, isRejected };
  }
  if (old === null || change.operation !== "UPDATE" || profile.drop.policy !== "allow")
    return { change, profile };
  const { before, after } = change;
  const next = after.profile === null || after.profile === old ? undefined : profiles?.get(after.profile);
  if (next === undefined) return { change, profile };
  return { change: { operation: "UPDATE", before: { ...before, profile: null }, after }, profile: next };
}

/** Whether a set that was ours loses pods, or what protects them. */
export function goesAny(change: Change): boolean {
  if (change.before === null || change.before.profile === null) return false;
  if (change.operation === "DELETE") return true;
  const { before, after } = change;
  const isAnother = before.ordinals.replicas > 0 && before.profile !== after.profile;
  return isAnother || removedOf(before.ordinals, after.ordinals).length > 0;
}

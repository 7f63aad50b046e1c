// The profile that governs a change: the one before it. Otherwise the label could be removed first and the pods
// afterwards.
import { allowsNamespace } from "../mutation/decidePod.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import type { SetChange } from "./change.ts";
import { findRemovedSpans } from "./ordinals.ts";

export interface UngovernedChange {
  readonly change: SetChange;
  /** the selected profile, which is not active */
  readonly missing: string;
  /** whether any profiles have been loaded */
  readonly isLoaded: boolean;
  /** it is stored, but not active */
  readonly isRejected: boolean;
  /** the names of the active profiles that the namespace may use, sorted */
  readonly usable: readonly string[];
}

/**
 * Selects the profile that governs a change, and the change as that profile sees it. A profile with policy Allow does
 * not keep a StatefulSet from selecting another one; then the new one governs, as for a StatefulSet that had none.
 * @param profiles null until they have been loaded
 */
export function selectGoverningProfile(
  change: SetChange,
  profiles: Profiles | null,
): { change: SetChange; profile: Profile } | UngovernedChange {
  const old = change.before?.profile ?? null;
  const label = old ?? change.after?.profile ?? "";
  const profile = profiles?.get(label);
  if (profile === undefined) {
    const isRejected = profiles?.getRejection(label) !== undefined;
    const usable = listUsableNames(profiles, (change.before ?? change.after).namespace);
    return { change, missing: label, isLoaded: profiles !== null, isRejected, usable };
  }
  if (old === null || change.operation !== "UPDATE" || profile.drop.policy !== "allow")
    return { change, profile };
  const { before, after } = change;
  const next = after.profile === null || after.profile === old ? undefined : profiles?.get(after.profile);
  if (next === undefined) return { change, profile };
  return { change: { operation: "UPDATE", before: { ...before, profile: null }, after }, profile: next };
}

/** A tenant must not learn of profiles for other namespaces. */
const listUsableNames = (profiles: Profiles | null, namespace: string): string[] =>
  [...(profiles?.values() ?? [])]
    .filter((each) => allowsNamespace(each, namespace))
    .map(({ name }) => name)
    .sort();

/** Whether a protected StatefulSet loses pods, or the profile that protects them. */
export function removesPodsOrProtection(change: SetChange): boolean {
  if (change.before === null || change.before.profile === null) return false;
  if (change.operation === "DELETE") return true;
  const { before, after } = change;
  const isAnother = before.ordinals.replicas > 0 && before.profile !== after.profile;
  return isAnother || findRemovedSpans(before.ordinals, after.ordinals).length > 0;
}

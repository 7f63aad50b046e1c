// Where decisions get profiles from: those that this replica of the webhook has watched, and the API server itself.
import type { Profile } from "./profile.ts";
import type { Profiles } from "./profileSet.ts";

export interface ProfileSource {
  /** null until the first list of profiles has come */
  current(): Profiles | null;
  /**
   * Reads profiles by name from the API server; what is newer is in `current()` afterwards. Never rejects: what cannot be
   * read stays as it was.
   */
  refresh(names: readonly string[], deadline: AbortSignal): Promise<void>;
  /** The version of a profile that gave way within the last minute: another replica may have injected a pod by it. */
  previous(name: string): Profile | null;
}

/** Profiles that no one edits, from files. */
export function createFixedSource(profiles: Profiles | null): ProfileSource {
  return { current: () => profiles, refresh: () => Promise.resolve(), previous: () => null };
}

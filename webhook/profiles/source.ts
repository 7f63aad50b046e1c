// Where decisions get profiles from: this replica's watch, and the API server itself.
import type { Profile } from "./profile.ts";
import type { Profiles } from "./profileSet.ts";

export interface ProfileSource {
  /** null: profiles have not been listed yet */
  current(): Profiles | null;
  /**
   * Reads profiles by name from the API server and updates `current()` with newer ones. Never rejects: a profile that
   * cannot be read stays as it is.
   */
  refresh(names: readonly string[], deadline: AbortSignal): Promise<void>;
  /** The version that was replaced within the last minute: another replica may have injected a pod by it. */
  previous(name: string): Profile | null;
}

/** Serves profiles that never change, such as those from files. */
export function createFixedSource(profiles: Profiles | null): ProfileSource {
  return { current: () => profiles, refresh: () => Promise.resolve(), previous: () => null };
}

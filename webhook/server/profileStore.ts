// The profiles of the cluster, watched: what is active, what is not and why, and for a minute what was active before.
import type { ApiClient } from "../cluster/call.ts";
import { type Informer, startInformer } from "../cluster/informer.ts";
import { readWatchedObject, type WatchedObject } from "../cluster/watchedObject.ts";
import { isSameVersion, type Profile } from "../profiles/profile.ts";
import { type ProfileCandidate, type Profiles, resolveProfiles } from "../profiles/profileSet.ts";
import { readProfile } from "../profiles/readProfile.ts";
import { PROFILE_API_VERSION, PROFILE_PLURAL } from "../profiles/schema.ts";
import type { ProfileSource } from "../profiles/source.ts";

/** A version that was replaced is remembered for so long: the other replicas have learnt of its edit long before. */
const PREVIOUS_MS = 60_000;

/** A denial does not wait longer for a newer profile. */
const REFRESH_MS = 2_000;

/** So many are read for one request. */
const MOST_NAMES = 4;

export const PROFILES_PATH = `/apis/${PROFILE_API_VERSION}/${PROFILE_PLURAL}`;

/** A stored profile, read. */
export interface StoredProfile extends WatchedObject, ProfileCandidate {}

export interface ProfileStoreInput {
  readonly api: ApiClient;
  /** called with a line each time that the cluster's profiles, or the trouble of watching them, have changed */
  readonly onInfo: (line: string) => void;
  readonly onWarning: (line: string) => void;
  /** called after each change of the active profiles or of the stored ones */
  readonly onChange: () => void;
  /** milliseconds of a clock that never goes back @default performance.now */
  readonly now?: () => number;
}

export interface ProfileStore extends ProfileSource {
  readonly objects: Pick<Informer<StoredProfile>, "get" | "list" | "refresh">;
  /** Seconds since the API server last sent anything about profiles; null: never. */
  cacheAgeSeconds(): number | null;
  stop(): Promise<void>;
}

/** Begins to watch; goes on until it is stopped. */
export function openProfileStore(input: ProfileStoreInput): ProfileStore {
  const { api, onInfo, onWarning, onChange, now = () => performance.now() } = input;
  const previous = new Map<string, { readonly profile: Profile; readonly until: number }>();
  let current: Profiles | null = null;

  const resolve = (): void => {
    const before = current;
    current = resolveProfiles(informer.list());
    for (const [name, { until }] of previous) if (until <= now()) previous.delete(name);
    for (const profile of before?.values() ?? []) {
      const { name, version } = profile;
      const after = current.get(name);
      if (after === undefined || !isSameVersion(after.version, version))
        previous.set(name, { profile, until: now() + PREVIOUS_MS });
    }
    onChange();
  };
  const informer = startInformer<StoredProfile>({
    api,
    path: PROFILES_PATH,
    what: "RollcallProfiles",
    now,
    read: readStored,
    onChange: ({ added, changed, removed }) => {
      resolve();
      for (const stored of [...added, ...changed]) describe(stored);
      for (const { name } of removed) {
        described.delete(name);
        onInfo(`profile ${name} was deleted`);
      }
    },
    onTrouble: (words) => {
      if (words === null) onInfo("RollcallProfiles are watched again");
      else onWarning(`RollcallProfiles cannot be watched, the known ones stay active: ${words}`);
    },
    onUnreadable: (words) => onWarning(`a RollcallProfile cannot be read: ${words}`),
  });
  /** by name: the version and the verdict that were told */
  const described = new Map<string, string>();
  /** once for each version and verdict: a change of the status alone is not told */
  const describe = ({ name, uid, generation }: StoredProfile): void => {
    const rejection = current?.getRejection(name);
    const words =
      rejection === undefined ? "is active" : `is not active (${rejection.reason}): ${rejection.message}`;
    const version = `${uid} ${generation} ${words}`;
    if (described.get(name) === version) return;
    described.set(name, version);
    const line = `profile ${name}, generation ${generation}, ${words}`;
    if (rejection === undefined) onInfo(line);
    else onWarning(line);
  };

  return {
    current: () => {
      // an empty list changes nothing, and counts
      if (informer.isSynced()) current ??= resolveProfiles([]);
      return current;
    },
    refresh: async (names, deadline) => {
      const soon = AbortSignal.any([deadline, AbortSignal.timeout(REFRESH_MS)]);
      const asked = names.slice(0, MOST_NAMES).map((name) => informer.refresh(name, soon));
      for (const result of await Promise.allSettled(asked)) {
        if (result.status === "fulfilled") continue;
        const why: unknown = result.reason;
        onWarning(
          `whether a profile is newer is not known: ${why instanceof Error ? why.message : String(why)}`,
        );
      }
    },
    previous: (name) => {
      const found = previous.get(name);
      return found === undefined || found.until <= now() ? null : found.profile;
    },
    objects: informer,
    cacheAgeSeconds: () => {
      const last = informer.lastContact();
      return last === null ? null : (now() - last) / 1000;
    },
    stop: () => informer.stop(),
  };
}

/** @throws where it is no object of the API server */
function readStored(item: unknown): StoredProfile {
  const watched = readWatchedObject(item);
  const { uid, generation, creationTimestamp } = watched;
  return { ...watched, createdAt: creationTimestamp, read: readProfile(item, { uid, generation }) };
}

// Watches the profiles of the cluster and keeps which are active, why others are not, and for a minute replaced versions.
import type { ApiClient } from "../cluster/call.ts";
import { type Informer, startInformer } from "../cluster/informer.ts";
import { readWatchedObject, type WatchedObject } from "../cluster/watchedObject.ts";
import { isSameVersion, type Profile } from "../profiles/profile.ts";
import { type ProfileCandidate, type Profiles, resolveProfiles } from "../profiles/profileSet.ts";
import { readProfile } from "../profiles/readProfile.ts";
import { PROFILE_API_VERSION, PROFILE_PLURAL } from "../profiles/schema.ts";
import type { ProfileSource } from "../profiles/source.ts";

/** How long a replaced version is kept; all replicas know of the edit long before. */
const PREVIOUS_MS = 60_000;

/** The longest that a denial waits for a newer profile. */
const REFRESH_MS = 2_000;

/** Profiles that are read for one request. */
const MAX_NAMES = 4;

export const PROFILES_PATH = `/apis/${PROFILE_API_VERSION}/${PROFILE_PLURAL}`;

export interface StoredProfile extends WatchedObject, ProfileCandidate {}

export interface ProfileStoreInput {
  readonly api: ApiClient;
  /** called with a log line after changes of profiles and of the watch's state */
  readonly onInfo: (line: string) => void;
  readonly onWarning: (line: string) => void;
  /** called after each change of profiles */
  readonly onChange: () => void;
  /** monotonic clock in milliseconds @default performance.now */
  readonly now?: () => number;
}

export interface ProfileStore extends ProfileSource {
  readonly objects: Pick<Informer<StoredProfile>, "get" | "list" | "refresh">;
  /** Seconds since the API server last sent data about profiles; null: never. */
  cacheAgeSeconds(): number | null;
  stop(): Promise<void>;
}

/** Starts to watch, until it is stopped. */
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
    onTrouble: (trouble) => {
      if (trouble === null) onInfo("watching RollcallProfiles again");
      else onWarning(`cannot watch RollcallProfiles, the known ones stay active: ${trouble}`);
    },
    onUnreadable: (fault) => onWarning(`cannot read a RollcallProfile: ${fault}`),
  });
  /** the version and state that were logged last, by name */
  const described = new Map<string, string>();
  /** Logs once for each version and state, so a change of the status alone is not logged. */
  const describe = ({ name, uid, generation }: StoredProfile): void => {
    const rejection = current?.getRejection(name);
    const state =
      rejection === undefined ? "is active" : `is not active (${rejection.reason}): ${rejection.message}`;
    const version = `${uid} ${generation} ${state}`;
    if (described.get(name) === version) return;
    described.set(name, version);
    const line = `profile ${name}, generation ${generation}, ${state}`;
    if (rejection === undefined) onInfo(line);
    else onWarning(line);
  };

  return {
    current: () => {
      // an empty list causes no change event
      if (informer.isSynced()) current ??= resolveProfiles([]);
      return current;
    },
    refresh: async (names, deadline) => {
      const limit = AbortSignal.any([deadline, AbortSignal.timeout(REFRESH_MS)]);
      const refreshes = names.slice(0, MAX_NAMES).map((name) => informer.refresh(name, limit));
      for (const result of await Promise.allSettled(refreshes)) {
        if (result.status === "fulfilled") continue;
        const why: unknown = result.reason;
        onWarning(
          `cannot read a profile from the API server, the known version stays in use: ${why instanceof Error ? why.message : String(why)}`,
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

/** @throws if it is not an API object */
function readStored(item: unknown): StoredProfile {
  const watched = readWatchedObject(item);
  const { uid, generation, creationTimestamp } = watched;
  return { ...watched, createdAt: creationTimestamp, read: readProfile(item, { uid, generation }) };
}

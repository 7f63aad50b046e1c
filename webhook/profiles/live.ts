// The profiles in force: loaded from the mounted file, read again when it changes; the last good ones stay in
// force over a bad edit (DESIGN: a profile).
import { readFile } from "node:fs/promises";
import { faultLine, loadProfiles } from "./load.ts";
import type { Profiles } from "./profile.ts";

export type Change =
  | { is: "unchanged" }
  | { is: "loaded"; profiles: Profiles }
  /** the last good profiles, if there are any, stay in force */
  | { is: "refused"; lines: readonly string[] };

/** The kubelet looks at a mounted ConfigMap once a minute or so, and goes by what it has kept of it for another one. */
const OTHER_REPLICA_MS = 5 * 60_000;

export interface LiveProfiles {
  /** null until profiles have been loaded once */
  current(): Profiles | null;
  /** those that gave way in the last five minutes, the latest first: another replica may go by them still */
  replaced(): readonly Profiles[];
  /** whether this is the text that was read last, good or bad */
  hasRead(text: string): boolean;
  /** Reads the file; says once what changed. */
  reload(): Promise<Change>;
}

/**
 * @param path a profiles.yaml; in a cluster the mounted key of the ConfigMap, which the kubelet replaces by a symlink
 * @param clock milliseconds that never go back
 */
export function liveProfiles(path: string, clock: () => number = () => performance.now()): LiveProfiles {
  let current: Profiles | null = null;
  let past: { profiles: Profiles; until: number }[] = [];
  const replace = (profiles: Profiles): void => {
    const still = past.filter(({ until }) => clock() < until);
    past = current === null ? still : [{ profiles: current, until: clock() + OTHER_REPLICA_MS }, ...still];
    current = profiles;
  };
  let seen: string | null = null;
  const refuse = (lines: readonly string[]): Change => ({ is: "refused", lines });
  return {
    current: () => current,
    replaced: () => past.filter(({ until }) => clock() < until).map(({ profiles }) => profiles),
    hasRead: (text) => text === seen,
    reload: async () => {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (seen === why) return { is: "unchanged" };
        seen = why;
        return refuse([`${path}: cannot be read: ${why}`]);
      }
      if (text === seen) return { is: "unchanged" };
      seen = text;
      const loaded = loadProfiles(text);
      if ("faults" in loaded) return refuse(loaded.faults.map((fault) => faultLine(path, fault)));
      replace(loaded.profiles);
      return { is: "loaded", profiles: loaded.profiles };
    },
  };
}

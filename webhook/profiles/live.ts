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

export interface LiveProfiles {
  /** null until profiles have been loaded once */
  current(): Profiles | null;
  /** Reads the file; says once what changed. */
  reload(): Promise<Change>;
}

/** @param path a profiles.yaml; in a cluster the mounted key of the ConfigMap, which the kubelet replaces by a symlink */
export function liveProfiles(path: string): LiveProfiles {
  let current: Profiles | null = null;
  let seen: string | null = null;
  const refuse = (lines: readonly string[]): Change => ({ is: "refused", lines });
  return {
    current: () => current,
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
      current = loaded.profiles;
      return { is: "loaded", profiles: current };
    },
  };
}

// What the ConfigMap of the profiles holds now, for a replica that is about to deny: the kubelet brings an edit into its
// mounted file up to two minutes later than into another replica's.
import { basename } from "node:path";
import type { LiveProfiles } from "../profiles/live.ts";
import { loadProfiles } from "../profiles/load.ts";
import type { Profiles } from "../profiles/profile.ts";
import type { Versions } from "../profiles/versions.ts";

/** A denial does not wait longer for words that may change it. */
const PATIENCE_MS = 3_000;

interface Input {
  live: LiveProfiles;
  /** the mounted file: its name is the ConfigMap's key */
  path: string;
  /** the ConfigMap's data; rejects where it cannot be read */
  read: (deadline: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  grumble: (line: string) => void;
}

export function versionsOf({ live, path, read, grumble }: Input): Versions {
  const inMap = async (deadline: AbortSignal): Promise<Profiles | null> => {
    const text = (await read(AbortSignal.any([deadline, AbortSignal.timeout(PATIENCE_MS)])))[basename(path)];
    if (text === undefined || live.hasRead(text)) return null;
    const loaded = loadProfiles(text);
    // what is wrong is told when the file has come
    return "faults" in loaded ? null : loaded.profiles;
  };
  return {
    replaced: live.replaced,
    newest: async (deadline, judgedBy) => {
      const found = await inMap(deadline).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        grumble(`whether the ConfigMap of the profiles holds a newer version is not known: ${why}`);
        return null;
      });
      if (found !== null) return found;
      // the file may have come while the ConfigMap was asked for, in the place of what was judged by
      const isReplaced = judgedBy === null || live.replaced().includes(judgedBy);
      return isReplaced ? live.current() : null;
    },
  };
}

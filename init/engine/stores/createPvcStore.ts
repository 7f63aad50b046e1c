// The marker store on a volume: temporary file, fsync, rename, fsync of the folder. So at any time the marker is either
// the old or the new one, and never partial (docs/research/runner.md#files).
import { dirname, join } from "node:path";
import { buildMarkerPath } from "../../contract/marker.ts";
import { describeFileError, isMissing } from "../failure.ts";
import type { FileSystem } from "../ports.ts";
import type { MarkerStore } from "./store.ts";

/** The size of a marker with about thirty steps. */
const TRIAL_BYTES = 8192;

export interface PvcPlace {
  /** where the marker volume's root is mounted */
  root: string;
  folder: string;
  pod: string;
}

export function createPvcStore(
  { root, folder, pod }: PvcPlace,
  files: FileSystem,
  runId: string,
): MarkerStore {
  const path = join(root, buildMarkerPath(folder, pod));
  const home = dirname(path);

  const writeTemporary = async (text: string): Promise<string> => {
    // one by one: the root must exist, because a missing mount must not become a folder in the container's own file
    // system; and Node's recursive mkdir reports ENOENT on a read-only volume
    for (const each of foldersBelow(root, folder)) {
      await files.makeFolder(each);
      await files.syncFolder(dirname(each));
    }
    const temporary = `${path}.${runId}.tmp`;
    await files.writeNewSynced(temporary, text);
    return temporary;
  };

  return {
    path,
    unusable: (why) => ({ name: "marker-volume-unusable", path, why }),
    read: async () => {
      try {
        return { is: "text", text: await files.readText(path) };
      } catch (error) {
        return isMissing(error) ? { is: "absent" } : { is: "unusable", why: describeFileError(error) };
      }
    },
    settle: () => reasonIfFails(() => files.syncFolder(home)),
    whyNotWritable: async () =>
      reasonIfFails(async () => {
        const trial = await writeTemporary(" ".repeat(TRIAL_BYTES));
        await files.remove(trial);
      }),
    write: async (text) =>
      reasonIfFails(async () => {
        const temporary = await writeTemporary(text);
        await files.rename(temporary, path);
        await files.syncFolder(home);
      }),
    setAside: async (reason) => {
      const kept = `${path}.${reason}.${runId}`;
      const why = await reasonIfFails(async () => {
        await files.rename(path, kept);
        await files.syncFolder(home);
      });
      return why === null ? { kept } : { why };
    },
  };
}

/** root/a and root/a/b for the folder "a/b". */
function foldersBelow(root: string, folder: string): string[] {
  const names = folder.split("/").filter((name) => name !== "" && name !== ".");
  return names.map((_, index) => join(root, ...names.slice(0, index + 1)));
}

async function reasonIfFails(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return describeFileError(error);
  }
}

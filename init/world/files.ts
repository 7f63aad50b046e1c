// The real files behind the engine's port.
import { type FileHandle, lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import type { FileSystem } from "../engine/ports.ts";
import { readSystemCode } from "../engine/reason.ts";
import { readBoundedText } from "./readBounded.ts";

export const realFiles: FileSystem = {
  readText: (path) => readBoundedText(path, { links: false }),
  makeFolder: async (path) => {
    try {
      await mkdir(path);
    } catch (error) {
      if (readSystemCode(error) !== "EEXIST") throw error;
      // a link may lead off the volume, and a marker there would be gone with the container
      if (!(await lstat(path)).isDirectory()) throw notAFolder(path);
    }
  },
  writeNewSynced: async (path, text) => {
    // "wx": a leftover of another run under this name is somebody else's; run ids make that impossible by chance
    const file = await open(path, "wx", 0o644);
    try {
      await file.writeFile(text);
      await sync(file);
    } catch (error) {
      // a full volume: what little was written must not stay behind
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  },
  rename,
  syncFolder: async (path) => {
    const folder = await open(path, "r");
    try {
      await sync(folder);
    } finally {
      await folder.close();
    }
  },
  remove: unlink,
};

/**
 * The same for markers, on file systems that sync files and no folders, as some network and FUSE file systems do (fsync(2):
 * EINVAL): a marker is whole there, too, and one that a power cut takes has its steps verified or done again.
 */
export function makeMarkerFiles(log: (line: string) => void): FileSystem {
  let isTold = false;
  return {
    ...realFiles,
    syncFolder: async (path) => {
      try {
        await realFiles.syncFolder(path);
      } catch (error) {
        if (readSystemCode(error) !== CANNOT_SYNC) throw error;
        if (!isTold) log(`the file system of ${path} syncs files, but cannot sync a folder: ${WHAT_IS_LOST}`);
        isTold = true;
      }
    },
  };
}

const WHAT_IS_LOST =
  "after a power cut the newest marker may be missing, and its steps are then verified or done again";

const CANNOT_SYNC = "ENOTSUP";

/** What fsync(2) ends with where a file system has none, or none for folders; any other error is one of the disk. */
const NO_SYNC = ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

async function sync(file: FileHandle): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    if (!NO_SYNC.includes(readSystemCode(error) ?? "")) throw error;
    throw Object.assign(new Error("fsync is not supported there", { cause: error }), { code: CANNOT_SYNC });
  }
}

const notAFolder = (path: string): Error =>
  Object.assign(new Error(`${path} is a file or a link`), { code: "ENOTDIR" });

// The engine's file port, on the real file system.
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
      // a link may lead off the volume, and a marker there would be lost with the container
      if (!(await lstat(path)).isDirectory()) throw notAFolder(path);
    }
  },
  writeNewSynced: async (path, text) => {
    // "wx" fails if the file exists; the run ID in the name prevents accidental collisions
    const file = await open(path, "wx", 0o644);
    try {
      await file.writeFile(text);
      await sync(file);
    } catch (error) {
      // on a full volume, do not leave a partial file
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
 * Files for markers. Allows file systems that sync files but not folders, as some network and FUSE file systems do
 * (fsync(2): EINVAL). A marker is never partial there either; if a power cut loses it, its steps are verified or done
 * again.
 */
export function makeMarkerFiles(log: (line: string) => void): FileSystem {
  let isLogged = false;
  return {
    ...realFiles,
    syncFolder: async (path) => {
      try {
        await realFiles.syncFolder(path);
      } catch (error) {
        if (readSystemCode(error) !== CANNOT_SYNC) throw error;
        if (!isLogged) log(`the file system of ${path} cannot sync folders: ${WHAT_IS_LOST}`);
        isLogged = true;
      }
    },
  };
}

const WHAT_IS_LOST = "a power cut may lose the newest marker, and its steps are then verified or done again";

const CANNOT_SYNC = "ENOTSUP";

/** Errors of fsync(2) if the file system does not support it, or not for folders. Any other error is a disk error. */
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

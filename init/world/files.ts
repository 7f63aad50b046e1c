// The engine's file port on the real file system, and the bounded reading of untrusted files: a pod's volume may hold
// anything that its containers have written. Opening a pipe without a writer would block forever, and with it the
// handling of SIGTERM; a device has no end.
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { readSystemCode } from "../engine/failure.ts";
import type { FileSystem } from "../engine/ports.ts";

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

/** Larger than any marker, record, key, certificate or Ratis state file. */
const LARGEST_BYTES = 1024 * 1024;

/** links: whether the last component of the path may be a link, as in a mounted Secret */
interface ReadOptions {
  readonly links: boolean;
}

/**
 * Reads a regular file of at most 1 MiB.
 * @throws a Node.js error with a `code`
 */
export async function readBounded(path: string, { links }: ReadOptions): Promise<Buffer> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (links ? 0 : constants.O_NOFOLLOW);
  const file = await openAs(path, flags);
  try {
    const is = await file.stat();
    if (is.isDirectory()) throw refusal(path, "is a folder (EISDIR)", "EISDIR");
    if (!is.isFile()) throw refusal(path, "is not a regular file", "ENOTREG");
    return await readAll(file, path);
  } finally {
    await file.close();
  }
}

/** Like readBounded, as text. */
export async function readBoundedText(path: string, reading: ReadOptions): Promise<string> {
  return (await readBounded(path, reading)).toString("utf8");
}

async function openAs(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    throw code === "ELOOP" ? refusal(path, "is a link", "ELOOP") : error;
  }
}

/** Reads until the end and ignores the reported size, because files of /proc and /sys report 0. */
async function readAll(file: FileHandle, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(64 * 1024));
    if (bytesRead === 0) return Buffer.concat(chunks, bytes);
    bytes += bytesRead;
    if (bytes > LARGEST_BYTES) throw refusal(path, "is larger than 1 MiB", "EFBIG");
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

const refusal = (path: string, what: string, code: string): Error =>
  Object.assign(new Error(`${path} ${what}, so it is not read`), { code });

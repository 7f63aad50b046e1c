// Reads untrusted files: a pod's volume may hold anything that its containers have written. Opening a pipe without a
// writer would block forever, and with it the handling of SIGTERM; a device has no end.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

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

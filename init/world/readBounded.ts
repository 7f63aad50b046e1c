// Files that others can write: a pod's own volume holds whatever its containers have put there. A pipe that nobody
// writes to would hold an open, and with it SIGTERM, for ever; a device has no end.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** More than any marker, record, key, certificate or state of Ratis'. */
const LARGEST_BYTES = 1024 * 1024;

/** links: the last part of the path may be one, as where the kubelet mounts a Secret */
interface ReadOptions {
  readonly links: boolean;
}

/**
 * The bytes of a regular file of at most 1 MiB.
 * @throws a Node error with a `code` where there is none
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

/** The same as a text. */
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

/** Until the end and not by the size that is told: the files of /proc and /sys say that they are empty. */
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
  Object.assign(new Error(`${path} ${what}, so it is not Rollcall's to read`), { code });

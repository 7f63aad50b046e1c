// Reads the volume of an old installation. Whoever could write to it may have left anything: links that lead out of it,
// devices, pipes that block, files without end. So links are not followed out of it, only regular files are opened, and
// everything is bounded.
import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { join, sep } from "node:path";
import { classifyLocalFile, type LocalFileKind } from "../../contract/localFiles.ts";

/** Entries of a volume; with articles on the file system there may be many. */
const MAX_ENTRIES = 1_000_000;
const MAX_DEPTH = 48;
/** Larger files are compared by nothing, and count as changed. */
const MAX_COMPARED = 32 * 1024 * 1024;
const MAX_ARCHIVE = 8 * 1024 * 1024;
/** Names that are kept for each kind; the count is complete. */
export const MAX_NAMES = 20;

/** The text of a file below the root, or why it cannot be read. */
export async function readVolumeFile(
  root: string,
  path: string,
  maxBytes: number,
): Promise<{ text: string } | { why: string }> {
  try {
    const [base, place] = [await fs.realpath(root), await fs.realpath(join(root, path))];
    if (!place.startsWith(`${base}${sep}`)) return { why: "is a link that leads out of the volume" };
    const bytes = await readRegularFile(place, maxBytes);
    return bytes === null
      ? { why: `is no regular file of at most ${maxBytes} bytes` }
      : { text: bytes.toString() };
  } catch (error) {
    return {
      why:
        isErrno(error) && error.code === "ENOENT" ? "does not exist" : `cannot be read: ${describe(error)}`,
    };
  }
}

/** The bytes of a regular file that is not larger; null: it is something else. The last part of the path is not followed. */
async function readRegularFile(place: string, maxBytes: number): Promise<Buffer | null> {
  // before it is opened, since opening a device or a pipe may already have an effect
  if (!(await fs.lstat(place)).isFile()) return null;
  const file = await fs.open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > maxBytes) return null;
    const buffer = Buffer.alloc(stats.size);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

export interface FileGroup {
  count: number;
  /** the first of them, with " (changed)" if they are the image's */
  names: string[];
}

export interface VolumeFiles {
  groups: ReadonlyMap<LocalFileKind, FileGroup>;
  /** sentences about what was not looked at */
  skipped: string[];
}

/** Sorts the files that are not the image's, by its ARCHIVE, or were changed. */
export async function listVolumeFiles(root: string): Promise<VolumeFiles> {
  const skipped: string[] = [];
  const archive = await readArchive(root, skipped);
  const groups = new Map<LocalFileKind, FileGroup>();
  for await (const { path, stats } of walkVolume(root, skipped)) {
    const sum = archive.get(path);
    if (sum !== undefined && (await isUnchanged(join(root, path), stats, sum))) continue;
    const kind = classifyLocalFile(path);
    const group = groups.get(kind) ?? { count: 0, names: [] };
    group.count += 1;
    if (group.names.length < MAX_NAMES)
      group.names.push(`${quotePath(path)}${sum === undefined ? "" : " (changed)"}`);
    groups.set(kind, group);
  }
  return { groups, skipped };
}

/** The image's files and their checksums: lines MD5::PATH. */
async function readArchive(root: string, skipped: string[]): Promise<ReadonlyMap<string, string>> {
  const read = await readVolumeFile(root, "ARCHIVE", MAX_ARCHIVE);
  if ("why" in read) {
    skipped.push(`ARCHIVE ${read.why}, so files of the image cannot be told from others`);
    return new Map();
  }
  return new Map(
    read.text.split("\n").flatMap((line): [string, string][] => {
      const [sum = "", path = ""] = line.split("::");
      return path === "" ? [] : [[path.trim(), sum]];
    }),
  );
}

async function isUnchanged(place: string, stats: Stats, sum: string): Promise<boolean> {
  if (!stats.isFile()) return false;
  const bytes = await readRegularFile(place, MAX_COMPARED).catch(() => null);
  return bytes !== null && createHash("md5").update(bytes).digest("hex") === sum;
}

interface VolumeEntry {
  path: string;
  stats: Stats;
}

/** Everything but folders, as far as the limit. */
async function* walkVolume(root: string, skipped: string[]): AsyncGenerator<VolumeEntry> {
  let entries = 0;
  for await (const entry of walkEntries(root, skipped)) {
    entries += 1;
    if (entries > MAX_ENTRIES) {
      skipped.push(`there are more than ${MAX_ENTRIES} files, and the others were not looked at`);
      return;
    }
    if (!entry.stats.isDirectory()) yield entry;
  }
}

/** Links are not followed. */
async function* walkEntries(root: string, skipped: string[]): AsyncGenerator<VolumeEntry> {
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await listFolder(root, folder, skipped)) {
      yield entry;
      if (!entry.stats.isDirectory()) continue;
      if (entry.path.split("/").length < MAX_DEPTH) folders.push(entry.path);
      else skipped.push(`${quotePath(entry.path)} is too deep, and was not looked at`);
    }
  }
}

async function listFolder(root: string, folder: string, skipped: string[]): Promise<VolumeEntry[]> {
  try {
    const names = await fs.readdir(join(root, folder));
    const paths = names.sort().map((name) => (folder === "" ? name : `${folder}/${name}`));
    return await Promise.all(paths.map(async (path) => ({ path, stats: await fs.lstat(join(root, path)) })));
  } catch (error) {
    skipped.push(`${quotePath(folder || ".")} cannot be read: ${describe(error)}`);
    return [];
  }
}

/** Control characters of a name must not reach a terminal. */
export const quotePath = (path: string): string =>
  /[\p{C}\uFFFD]/u.test(path) ? JSON.stringify(path) : path;

const isErrno = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;

const describe = (error: unknown): string => (isErrno(error) ? (error.code ?? "an error") : "an error");

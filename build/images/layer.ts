// Builds a layer of an image. It is reproducible: the same files give the same bytes, for any user, time and umask.
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { pack } from "tar-stream";

export interface ImageLayer {
  /** gzipped tar */
  bytes: Buffer;
  /** sha256:… of the tar inside, for the image's configuration */
  diffId: string;
}

export interface TarEntry {
  name: string;
  mode: number;
  /** null: a folder */
  body: Buffer | null;
}

/** A constant, since the times of the files differ between builds. */
const MTIME = new Date(0);

/** Builds a layer of some files and folders of a root folder, with the folders above them. */
export async function buildLayer(root: string, names: readonly string[]): Promise<ImageLayer> {
  const entries = await Promise.all(names.map((name) => listTarEntries(root, name)));
  const parents = new Set(names.map((name) => dirname(name)).filter((parent) => parent !== "."));
  const folders = [...parents].map((parent): TarEntry => ({ name: `${parent}/`, mode: 0o755, body: null }));
  const tar = await packTar([...folders, ...entries.flat()]);
  return { bytes: await promisify(gzip)(tar), diffId: `sha256:${sha256(tar)}` };
}

/** Builds a tar with sorted entries, user and group 0, and a constant time. */
export async function packTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  const bytes = buffer(tar);
  for (const { name, mode, body } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const header = { name, mode, uid: 0, gid: 0, mtime: MTIME };
    if (body === null) tar.entry({ ...header, type: "directory" });
    else tar.entry({ ...header, type: "file" }, body);
  }
  tar.finalize();
  return bytes;
}

export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function listTarEntries(root: string, name: string): Promise<TarEntry[]> {
  const found = await stat(join(root, name));
  if (found.isDirectory()) {
    const inside = await readdir(join(root, name));
    const below = await Promise.all(inside.map((child) => listTarEntries(root, `${name}/${child}`)));
    return [{ name: `${name}/`, mode: 0o755, body: null }, ...below.flat()];
  }
  const mode = found.mode & 0o100 ? 0o755 : 0o644;
  return [{ name, mode, body: await readFile(join(root, name)) }];
}

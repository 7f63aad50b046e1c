// Removes files of an older image from a persistent home: those in its ARCHIVE that the new image lacks. Otherwise old
// modules, above all in Kernel/cpan-lib, would be loaded instead of new ones
// (docs/research/otobo.md#image-and-entrypoint).
import { lstat, readFile, rm, writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";

/** The file list of the tree that was copied last. */
const LAST = ".rollcall-archive";

/** @returns the removed paths. Files of packages and users are not in ARCHIVE, and stay. */
export async function removeOldFiles({ tree, next }: { tree: string; next: string }): Promise<string[]> {
  const now = await readArchivePaths(join(next, "ARCHIVE"));
  const before = await readArchivePaths(join(tree, LAST));
  const gone: string[] = [];
  for (const path of before) {
    if (now.has(path) || !isInside(path)) continue;
    // the new image may have a folder with the name of an old file
    const is = await lstat(join(tree, path)).catch(() => null);
    if (is === null || is.isDirectory()) continue;
    await rm(join(tree, path));
    gone.push(path);
  }
  await writeFile(join(tree, LAST), [...now].map((path) => `-::${path}\n`).join(""));
  return gone;
}

/** Reads an ARCHIVE, with a line MD5::PATH for each file. */
async function readArchivePaths(file: string): Promise<Set<string>> {
  const text = await readFile(file, "utf8").catch(() => "");
  return new Set(text.split("\n").flatMap((line) => line.split("::")[1]?.trim() || []));
}

function isInside(path: string): boolean {
  return !normalize(path).startsWith("..") && !path.startsWith("/");
}

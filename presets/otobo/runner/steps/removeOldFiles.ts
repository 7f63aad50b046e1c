// What an older image has left on a home that is kept: files that its ARCHIVE names and the new image has no more. Old
// modules would be loaded in place of new ones, Kernel/cpan-lib above all
// (docs/research/otobo.md#image-and-entrypoint).
import { lstat, readFile, rm, writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";

/** The list of the tree that was copied last, kept beside the stamp. */
const LAST = ".rollcall-archive";

/** Removes them, and returns their paths. Files of packages and of the user are in no ARCHIVE and stay. */
export async function removeOldFiles({ tree, next }: { tree: string; next: string }): Promise<string[]> {
  const now = await pathsIn(join(next, "ARCHIVE"));
  const before = await pathsIn(join(tree, LAST));
  const gone: string[] = [];
  for (const path of before) {
    if (now.has(path) || !isInside(path)) continue;
    // a folder of the new image may have the name of an old file
    const is = await lstat(join(tree, path)).catch(() => null);
    if (is === null || is.isDirectory()) continue;
    await rm(join(tree, path));
    gone.push(path);
  }
  await writeFile(join(tree, LAST), [...now].map((path) => `-::${path}\n`).join(""));
  return gone;
}

/** ARCHIVE has a line for each file: MD5::PATH. */
async function pathsIn(file: string): Promise<Set<string>> {
  const text = await readFile(file, "utf8").catch(() => "");
  return new Set(text.split("\n").flatMap((line) => line.split("::")[1]?.trim() || []));
}

function isInside(path: string): boolean {
  return !normalize(path).startsWith("..") && !path.startsWith("/");
}

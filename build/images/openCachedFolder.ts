// Folders that are dear to make and never change: made once in ~/.cache/rollcall, under a name that tells
// their contents.
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder of this name, made when there is none. Two processes may ask at once, and any may be killed at
 * any time: a folder gets its name by one rename after it is whole.
 * @param make fills an empty folder
 * @param home where the cache is
 */
export async function openCachedFolder(
  name: string,
  make: (folder: string) => Promise<void>,
  home: string = join(homedir(), ".cache", "rollcall"),
): Promise<string> {
  const final = join(home, name);
  if (await exists(final)) return final;
  await mkdir(home, { recursive: true });
  const making = await mkdtemp(join(home, ".making-"));
  try {
    await make(making);
    await renameUnlessThere(making, final);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return final;
}

/** Another process may have made the same in the meantime: theirs is as good. */
async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await exists(to))) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

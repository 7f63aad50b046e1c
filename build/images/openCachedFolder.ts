// Caches folders that are expensive to make and never change, in ~/.cache/rollcall, under names derived from their
// contents.
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder of this name, which is made if it does not exist. Several processes may run at once, and may be killed at
 * any time: a folder gets its name by one rename after it is complete.
 * @param make fills an empty folder
 * @param home the folder of the cache
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

/** Another process may have made the same folder in the meantime, which is as good. */
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

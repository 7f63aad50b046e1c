// Provides the folder of a part: from the cache, or built in a temporary folder beside it and renamed when complete. So
// a name without a leading dot is a finished entry, and explainUnusable detects later damage.
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { withHostLock } from "../process/lock.ts";
import type { Shell } from "../process/shell.ts";
import { explainUnusable, type Look, sealEntry } from "./entry.ts";
import { type CachePart, formatFolderName } from "./part.ts";

export interface Cache {
  /** The cache's folder, created if missing. */
  readonly root: string;
  readonly shell: Shell;
  readonly signal: AbortSignal;
  /** One line for people. */
  readonly log: (line: string) => void;
}

/** The folder of a part, built if the cache has no complete one. */
export async function ensurePart(cache: Cache, part: CachePart, look: Look = "sha256"): Promise<string> {
  await mkdir(cache.root, { recursive: true });
  const folder = join(cache.root, formatFolderName(part));
  if ((await explainUnusable(folder, part.digest, look)) === null) return folder;
  const needed = new Map<string, string>();
  for (const need of part.needs) needed.set(need.name, await ensurePart(cache, need, "sha256"));
  const lock = { purpose: `builds ${part.name}`, signal: cache.signal, onWait: tellWait(cache, part) };
  return withHostLock(folder, lock, async () => {
    // Checked again: the previous holder of the lock may have built it.
    const why = await explainUnusable(folder, part.digest, look);
    if (why === null) return folder;
    await removeBroken(cache, part, folder, why);
    await buildInto(cache, part, folder, needed);
    return folder;
  });
}

async function buildInto(
  cache: Cache,
  part: CachePart,
  folder: string,
  needed: Map<string, string>,
): Promise<void> {
  cache.log(`building ${part.title}`);
  const start = Date.now();
  const out = await mkdtemp(join(cache.root, `.${formatFolderName(part)}-`));
  try {
    const requireFolder = (name: string): string => {
      const found = needed.get(name);
      if (found === undefined)
        throw new Error(`part ${part.name} uses ${name} but does not list it in needs`);
      return found;
    };
    await part.build({ out, shell: cache.shell, folderOf: requireFolder });
    await sealEntry(out, part.digest);
    await rename(out, folder);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  cache.log(`built ${part.name} in ${Math.round((Date.now() - start) / 1000)} s`);
}

/** Removes unusable and partial entries: the lock is held, so no other process is building one. */
async function removeBroken(cache: Cache, part: CachePart, folder: string, why: string): Promise<void> {
  const names = await readdir(cache.root);
  if (names.includes(formatFolderName(part)))
    cache.log(`cache entry ${formatFolderName(part)} is unusable: ${why}`);
  const halfMade = names.filter((name) => name.startsWith(`.${formatFolderName(part)}-`));
  for (const path of [folder, ...halfMade.map((name) => join(cache.root, name))]) {
    await rm(path, { recursive: true, force: true });
  }
}

function tellWait(cache: Cache, part: CachePart) {
  return (holder: { pid: number } | null): void =>
    cache.log(`waiting for process ${holder?.pid ?? "(unknown)"}, which builds ${part.name}`);
}

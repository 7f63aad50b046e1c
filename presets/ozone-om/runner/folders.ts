// Atomic, durable file operations of the preset.
import { dirname } from "node:path";
import { isMissing } from "../../../init/engine/failure.ts";
import type { FileSystem } from "../../../init/engine/ports.ts";

/** Creates a folder and its missing parents, each synced. */
export async function makeFolders(path: string, files: FileSystem): Promise<void> {
  try {
    await files.makeFolder(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeFolders(dirname(path), files);
    await files.makeFolder(path);
  }
  await files.syncFolder(dirname(path));
}

/** Replaces a file atomically. */
export async function writeFileWhole(
  path: string,
  text: string,
  { files, runId }: { files: FileSystem; runId: string },
): Promise<void> {
  const temporary = `${path}.${runId}.tmp`;
  await files.writeNewSynced(temporary, text);
  await files.rename(temporary, path);
  await files.syncFolder(dirname(path));
}

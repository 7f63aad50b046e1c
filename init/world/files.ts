// The real files behind the engine's port.
import { lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import type { Files } from "../engine/ports.ts";
import { readBoundedText } from "./readBounded.ts";

export const realFiles: Files = {
  readText: (path) => readBoundedText(path, { links: false }),
  makeFolder: async (path) => {
    try {
      await mkdir(path);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      // a link may lead off the volume, and a marker there would be gone with the container
      if (!(await lstat(path)).isDirectory()) throw notAFolder(path);
    }
  },
  writeNewSynced: async (path, text) => {
    // "wx": a leftover of another run under this name is somebody else's; run ids make that impossible by chance
    const file = await open(path, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } catch (error) {
      // a full volume: what little was written must not stay behind
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  },
  rename,
  syncFolder: async (path) => {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  remove: unlink,
};

const notAFolder = (path: string): Error =>
  Object.assign(new Error(`${path} is a file or a link`), { code: "ENOTDIR" });

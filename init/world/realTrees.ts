// The port for folder trees, on the real file system.
import { lstat, readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { TreeReader } from "../engine/ringPorts.ts";
import { readBounded } from "./files.ts";

export const realTrees: TreeReader = {
  list: async (path) => {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  },
  readBytes: (path) => readBounded(path, { links: false }),
  size: async (path) => {
    const found = await lstat(path);
    if (!found.isDirectory()) return found.size;
    let bytes = 0;
    for (const name of await readdir(path)) bytes += await realTrees.size(join(path, name));
    return bytes;
  },
  free: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  removeTree: (path) => rm(path, { recursive: true, force: true }),
};

// /opt/otobo from the image: only what differs is copied, under a temporary name first, and the flags that say "whole"
// go first and come last, so that no half-copied tree is taken for whole (facts/otobo.md 2.1, 2.4; 8.11).
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { FINISHED_FLAG } from "../../contract/otobo/places.ts";
import { isMissing, reasonOf } from "../../engine/reason.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { treeId } from "../release.ts";
import type { Step } from "../step.ts";
import { removeOldFiles } from "./oldFiles.ts";

/** Which tree this home was filled from. */
const STAMP = ".rollcall-tree";
/** Of the image's own machinery, which would copy a second time. */
const NOT_COPIED = new Set(["docker_firsttime", "docker_firsttime_handled"]);
const MIB = 1024 * 1024;
/** For settings, packages, loader files. */
const ROOM_MIB = 64;

export const home: Step = {
  run: async (otobo) => {
    const why = whyNotThisUser(otobo) ?? (await whyNoRoom(otobo));
    if (why !== null) return why;
    try {
      const copied = await fill(otobo);
      otobo.say(`${otobo.home}: ${copied} files copied from ${otobo.next}`);
      return null;
    } catch (error) {
      return `${otobo.home} could not be filled from ${otobo.next}: ${reasonOf(error)}`;
    }
  },
  verify: async ({ home: tree, next }, { quick }) => {
    try {
      const wanted = await treeId(next);
      const is = await fs.readFile(join(tree, STAMP), "utf8").catch(() => "nothing");
      if (is !== wanted) return `${tree} was filled from ${is}, the image is ${wanted}`;
      await fs.stat(join(tree, FINISHED_FLAG));
      if (quick) return null;
      for await (const path of files(next)) {
        const there = await sizeOf(join(tree, path));
        // a package may have put another file in its place
        if (there === null && !NOT_COPIED.has(path)) return `${tree} lacks ${path}`;
      }
      return null;
    } catch (error) {
      return `${tree} is not whole: ${reasonOf(error)}`;
    }
  },
};

/** The image's entrypoint ends root without a word, and OTOBO's files would be root's (facts/otobo.md 6). */
function whyNotThisUser({ say }: Otobo): WhyNot {
  const uid = process.getuid?.();
  if (uid === 0) return "OTOBO does not run as root; set runAsUser: 1000 in the pod's securityContext";
  if (uid !== 1000) say(`running as uid ${uid}: OTOBO's own is 1000, web and daemon must have the same one`);
  return null;
}

async function whyNoRoom({ home: tree, next }: Otobo): Promise<WhyNot> {
  try {
    await fs.mkdir(tree, { recursive: true });
    let missing = 0;
    for await (const path of files(next)) {
      const size = (await sizeOf(join(next, path))) ?? 0;
      if ((await sizeOf(join(tree, path))) !== size) missing += size;
    }
    const { bavail, bsize } = await fs.statfs(tree);
    const room = Math.floor((bavail * bsize) / MIB);
    const needed = Math.ceil(missing / MIB) + ROOM_MIB;
    if (room >= needed) return null;
    return `${tree} has ${room} MiB left and needs ${needed}: make the volume larger, or its sizeLimit`;
  } catch (error) {
    return `${tree} or ${next} cannot be read: ${reasonOf(error)}`;
  }
}

async function fill({ home: tree, next, say }: Otobo): Promise<number> {
  const id = await treeId(next);
  await fs.rm(join(tree, FINISHED_FLAG), { force: true });
  await fs.rm(join(tree, STAMP), { force: true });
  let copied = 0;
  for await (const path of files(next)) {
    if (NOT_COPIED.has(path)) continue;
    if (await copyOne(join(next, path), join(tree, path))) copied += 1;
  }
  for (const gone of await removeOldFiles({ tree, next }))
    say(`removed, since the image has it no more: ${gone}`);
  for (const name of NOT_COPIED) await fs.rm(join(tree, name), { force: true });
  await fs.writeFile(join(tree, STAMP), id);
  await fs.writeFile(join(tree, FINISHED_FLAG), "");
  return copied;
}

/** Whether the file had to be copied: the same size and time to the second is the same file. */
async function copyOne(from: string, to: string): Promise<boolean> {
  const is = await fs.lstat(from);
  const was = await fs.lstat(to).catch(() => null);
  const sameTime = was !== null && Math.floor(was.mtimeMs / 1000) === Math.floor(is.mtimeMs / 1000);
  if (was !== null && was.size === is.size && sameTime && was.isSymbolicLink() === is.isSymbolicLink())
    return false;
  await fs.mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.rollcall-incoming`;
  await fs.rm(temporary, { force: true });
  if (is.isSymbolicLink()) await fs.symlink(await fs.readlink(from), temporary);
  else {
    await fs.copyFile(from, temporary);
    await fs.chmod(temporary, is.mode & 0o7777);
    // loader files are named by times, so they must be those of the image (facts/otobo.md 2.4)
    await fs.utimes(temporary, is.atime, is.mtime);
  }
  await fs.rename(temporary, to);
  return true;
}

/** Every file and link of a tree, by its path from the root. */
async function* files(root: string, folder = ""): AsyncGenerator<string> {
  for (const entry of await fs.readdir(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(root, path);
    else yield path;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await fs.lstat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

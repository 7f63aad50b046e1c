// /opt/otobo from the image: only what differs is copied, under a temporary name first, and the flags that say "whole"
// go first and come last, so that no half-copied tree is taken for whole (docs/research/otobo.md#image-and-entrypoint).
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../../init/engine/reason.ts";
import { FINISHED_FLAG } from "../../contract/places.ts";
import { checkCopy, copyTree, joinTreePath, walkTree } from "../imageTree.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { readTreeId } from "../release.ts";
import type { StepImplementation } from "../step.ts";
import { readReplacedPaths } from "./readReplacedPaths.ts";
import { removeOldFiles } from "./removeOldFiles.ts";

/** Which tree this home was filled from, and how. */
const STAMP = ".rollcall-tree";
/** Homes with a stamp without these words were filled by a version that left out empty folders. */
const WHOLE = " with all folders";
/** Of the image's own machinery, which would copy a second time. */
const LEFT_OUT = ["docker_firsttime", "docker_firsttime_handled"];
const MIB = 1024 * 1024;
/** For settings, packages, loader files. */
const ROOM_MIB = 64;

const isLeftOut = (path: string): boolean => LEFT_OUT.includes(path);

export const home: StepImplementation = {
  run: async (otobo) => {
    const why = whyNotThisUser(otobo) ?? (await whyNoRoom(otobo));
    if (why !== null) return why;
    try {
      const copied = await fill(otobo);
      otobo.say(`${otobo.home}: ${copied} files and folders copied from ${otobo.next}`);
      return null;
    } catch (error) {
      return `${otobo.home} could not be filled from ${otobo.next}: ${formatErrorPath(error)}${describeFileError(error)}`;
    }
  },
  verify: async ({ home: tree, next }, { quick }) => {
    try {
      const wanted = await readTreeId(next);
      const is = await fs.readFile(join(tree, STAMP), "utf8").catch(() => "nothing");
      if (is === wanted) return `${tree} was filled by a version of Rollcall that left out empty folders`;
      if (is !== `${wanted}${WHOLE}`)
        return `${tree} was filled from ${is.replace(WHOLE, "")}, the image is ${wanted}`;
      await fs.stat(join(tree, FINISHED_FLAG));
      if (quick) return null;
      return await checkCopy({ from: next, to: tree, isLeftOut }, await readReplacedPaths(tree));
    } catch (error) {
      return `${tree} is not whole: ${describeFileError(error)}`;
    }
  },
};

/** The file or folder that an error is about, with a colon. */
const formatErrorPath = (error: unknown): string =>
  error instanceof Error && "path" in error ? `${String(error.path)}: ` : "";

/**
 * The image's entrypoint ends root without a word, and OTOBO's files would be root's
 * (docs/research/otobo.md#probes-and-users).
 */
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
    for await (const { path, stats } of walkTree(next)) {
      if (stats.isDirectory()) continue;
      const is = await fs.lstat(joinTreePath(tree, path)).catch(() => null);
      if (is?.size !== stats.size) missing += stats.size;
    }
    const { bavail, bsize } = await fs.statfs(tree);
    const room = Math.floor((bavail * bsize) / MIB);
    const needed = Math.ceil(missing / MIB) + ROOM_MIB;
    if (room >= needed) return null;
    return `${tree} has ${room} MiB left and needs ${needed}: make the volume larger, or its sizeLimit`;
  } catch (error) {
    return `${tree} or ${next} cannot be read: ${describeFileError(error)}`;
  }
}

async function fill({ home: tree, next, say }: Otobo): Promise<number> {
  const id = await readTreeId(next);
  await fs.rm(join(tree, FINISHED_FLAG), { force: true });
  await fs.rm(join(tree, STAMP), { force: true });
  const copied = await copyTree({ from: next, to: tree, isLeftOut });
  for (const gone of await removeOldFiles({ tree, next }))
    say(`removed, since the image has it no more: ${gone}`);
  for (const name of LEFT_OUT) await fs.rm(join(tree, name), { force: true });
  await fs.writeFile(join(tree, STAMP), `${id}${WHOLE}`);
  await fs.writeFile(join(tree, FINISHED_FLAG), "");
  return copied;
}

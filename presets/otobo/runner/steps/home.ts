// Fills /opt/otobo from the image. Only different files are copied, each atomically. The flags of a complete tree are
// removed first and written last, so a partial copy never counts as complete
// (docs/research/otobo.md#image-and-entrypoint).
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../../init/engine/failure.ts";
import { FINISHED_FLAG } from "../../contract/places.ts";
import { checkCopy, copyTree, joinTreePath, walkTree } from "../imageTree.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { readTreeId } from "../release.ts";
import type { StepImplementation } from "../step.ts";
import { readReplacedPaths } from "./readReplacedPaths.ts";
import { removeOldFiles } from "./removeOldFiles.ts";

/** The file that names the tree from which this home was filled, and how. */
const STAMP = ".rollcall-tree";
/** A stamp without these words was written by a version that omitted empty folders. */
const WHOLE = " with all folders";
/** Flags of the image's entrypoint, which would copy the tree a second time. */
const LEFT_OUT = ["docker_firsttime", "docker_firsttime_handled"];
const MIB = 1024 * 1024;
/** Space for settings, packages and loader files. */
const ROOM_MIB = 64;

const isLeftOut = (path: string): boolean => LEFT_OUT.includes(path);

export const home: StepImplementation = {
  run: async (otobo) => {
    const why = checkUser(otobo) ?? (await checkDiskSpace(otobo));
    if (why !== null) return why;
    try {
      const copied = await fill(otobo);
      otobo.say(`${otobo.home}: ${copied} files and folders copied from ${otobo.next}`);
      return null;
    } catch (error) {
      return `cannot fill ${otobo.home} from ${otobo.next}:  ${formatErrorPath(error)}${describeFileError(error)}`;
    }
  },
  verify: async ({ home: tree, next }, { quick }) => {
    try {
      const wanted = await readTreeId(next);
      const is = await fs.readFile(join(tree, STAMP), "utf8").catch(() => "nothing");
      if (is === wanted) return `${tree} was filled by a version of Rollcall that omitted empty folders`;
      if (is !== `${wanted}${WHOLE}`)
        return `${tree} was filled from ${is.replace(WHOLE, "")}, but the image is ${wanted}`;
      await fs.stat(join(tree, FINISHED_FLAG));
      if (quick) return null;
      return await checkCopy({ from: next, to: tree, isLeftOut }, await readReplacedPaths(tree));
    } catch (error) {
      return `${tree} is incomplete: ${describeFileError(error)}`;
    }
  },
};

/** The file or folder that an error is about, with a colon. */
const formatErrorPath = (error: unknown): string =>
  error instanceof Error && "path" in error ? `${String(error.path)}: ` : "";

/**
 * The image's entrypoint exits silently as root, and OTOBO's files would belong to root
 * (docs/research/otobo.md#probes-and-users).
 */
function checkUser({ say }: Otobo): WhyNot {
  const uid = process.getuid?.();
  if (uid === 0) return "OTOBO does not run as root; set runAsUser: 1000 in the pod's securityContext";
  if (uid !== 1000)
    say(`running as uid ${uid} instead of OTOBO's 1000; web and daemon must have the same uid`);
  return null;
}

async function checkDiskSpace({ home: tree, next }: Otobo): Promise<WhyNot> {
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
    return `${tree} has ${room} MiB free and needs ${needed}: enlarge the volume, or its sizeLimit`;
  } catch (error) {
    return `cannot read ${tree} or ${next}: ${describeFileError(error)}`;
  }
}

async function fill({ home: tree, next, say }: Otobo): Promise<number> {
  const id = await readTreeId(next);
  await fs.rm(join(tree, FINISHED_FLAG), { force: true });
  await fs.rm(join(tree, STAMP), { force: true });
  const copied = await copyTree({ from: next, to: tree, isLeftOut });
  for (const gone of await removeOldFiles({ tree, next }))
    say(`removed, because the image no longer contains it: ${gone}`);
  for (const name of LEFT_OUT) await fs.rm(join(tree, name), { force: true });
  await fs.writeFile(join(tree, STAMP), `${id}${WHOLE}`);
  await fs.writeFile(join(tree, FINISHED_FLAG), "");
  return copied;
}

// Makes room for a new state: nothing of an old one may be under a daemon that joins (replaying an old configuration is
// hazardous, docs/research/ozone.md#decision-table), and the note that a join has begun stands before its first write.
import { dirname, join } from "node:path";
import type { Failure } from "../../../init/engine/failure.ts";
import { describeFileError, isMissing } from "../../../init/engine/reason.ts";
import type { OldState } from "../../../init/engine/ring/joinDecision.ts";
import { isHalfAside, setAside } from "./archive.ts";
import type { OzoneContext } from "./context.ts";
import { makeFolders, writeFileWhole } from "./folders.ts";
import { formatJoiningNote } from "./note.ts";
import { getJoiningNotePath, getOwnFolder, getVersionPath } from "./places.ts";
import type { DiskContents } from "./read/disk.ts";

export async function clearOldState(
  context: OzoneContext,
  disk: DiskContents,
  how: OldState,
): Promise<Failure | null> {
  const { world, ozone } = context;
  const { metadata } = ozone;
  switch (how) {
    case "nothing": {
      const failure = await attempt(context, () => removeHalfMade(context, disk));
      if (failure !== null || !(await isHalfAside(metadata, world.trees))) return failure;
      return archive(context, { ...disk, parts: [] });
    }
    case "discard":
      return attempt(context, async () => {
        world.log(`removing what a join that was never proven has left: ${disk.parts.join(", ")}`);
        for (const part of disk.parts) await world.trees.removeTree(part);
      });
    case "archive":
      return archive(context, disk);
  }
}

async function archive({ world, ozone }: OzoneContext, disk: DiskContents): Promise<Failure | null> {
  world.log(
    `setting the old state aside: ${disk.parts.join(", ") || "what a cut-off start has moved already"}`,
  );
  const at = world.now().toISOString();
  const why = "the ring does not have this member any more";
  const failed = await setAside(ozone.metadata, disk, { ...world, at, why });
  return failed === null ? null : { name: "state-volume-unusable", path: ozone.metadata.dirs, why: failed };
}

/** `ozone om --init` makes om/current itself, and fails for ever where it is there without VERSION. */
async function removeHalfMade({ world, ozone }: OzoneContext, { halfMade }: DiskContents): Promise<void> {
  if (halfMade) await world.trees.removeTree(dirname(getVersionPath(ozone.metadata)));
}

/** Writes the note that a join with these nodes begins. */
export async function noteJoining(context: OzoneContext, nodes: readonly string[]): Promise<Failure | null> {
  const { world, ozone } = context;
  return attempt(context, async () => {
    await makeFolders(getOwnFolder(ozone.metadata), world.files);
    await writeFileWhole(getJoiningNotePath(ozone.metadata), formatJoiningNote(nodes, world.runId), world);
  });
}

/** Takes the note away: the join is proven and marked. */
export async function forgetJoining(context: OzoneContext): Promise<Failure | null> {
  const { world, ozone } = context;
  return attempt(context, async () => {
    const path = getJoiningNotePath(ozone.metadata);
    await world.files.remove(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await world.files.syncFolder(join(path, ".."));
  });
}

async function attempt({ ozone }: OzoneContext, work: () => Promise<void>): Promise<Failure | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return { name: "state-volume-unusable", path: ozone.metadata.dirs, why: describeFileError(error) };
  }
}

// Removes or archives old state before a join, because replaying an old configuration is hazardous
// (docs/research/ozone.md#decision-table), and writes the note that a join has begun before the daemon's first write.
import { dirname, join } from "node:path";
import { describeFileError, type Failure, isMissing } from "../../../init/engine/failure.ts";
import type { OldState } from "../../../init/engine/ring/joinDecision.ts";
import { isArchiveIncomplete, setAside } from "./archive.ts";
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
      const failure = await catchVolumeError(context, () => removeHalfMade(context, disk));
      if (failure !== null || !(await isArchiveIncomplete(metadata, world.trees))) return failure;
      return archive(context, { ...disk, parts: [] });
    }
    case "discard":
      return catchVolumeError(context, async () => {
        world.log(`removing the state of a join that was never proven: ${disk.parts.join(", ")}`);
        for (const part of disk.parts) await world.trees.removeTree(part);
      });
    case "archive":
      return archive(context, disk);
  }
}

async function archive({ world, ozone }: OzoneContext, disk: DiskContents): Promise<Failure | null> {
  world.log(
    `archiving the old state: ${disk.parts.join(", ") || "parts that an interrupted start has already moved"}`,
  );
  const at = world.now().toISOString();
  const why = "the ring no longer lists this member";
  const failed = await setAside(ozone.metadata, disk, { ...world, at, why });
  return failed === null ? null : { name: "state-volume-unusable", path: ozone.metadata.dirs, why: failed };
}

/** `ozone om --init` creates om/current itself, and always fails if it exists without VERSION. */
async function removeHalfMade(
  { world, ozone }: OzoneContext,
  { isHalfInitialised }: DiskContents,
): Promise<void> {
  if (isHalfInitialised) await world.trees.removeTree(dirname(getVersionPath(ozone.metadata)));
}

/** Writes the note that a join with these nodes has begun. */
export async function noteJoining(context: OzoneContext, nodes: readonly string[]): Promise<Failure | null> {
  const { world, ozone } = context;
  return catchVolumeError(context, async () => {
    await makeFolders(getOwnFolder(ozone.metadata), world.files);
    await writeFileWhole(getJoiningNotePath(ozone.metadata), formatJoiningNote(nodes, world.runId), world);
  });
}

/** Removes the note, after the join was proven and marked. */
export async function forgetJoining(context: OzoneContext): Promise<Failure | null> {
  const { world, ozone } = context;
  return catchVolumeError(context, async () => {
    const path = getJoiningNotePath(ozone.metadata);
    await world.files.remove(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await world.files.syncFolder(join(path, ".."));
  });
}

async function catchVolumeError({ ozone }: OzoneContext, work: () => Promise<void>): Promise<Failure | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return { name: "state-volume-unusable", path: ozone.metadata.dirs, why: describeFileError(error) };
  }
}

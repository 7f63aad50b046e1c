// Makes room for a new state: nothing of an old one may be under a daemon that joins (replaying an old configuration is
// hazardous, docs/research/ozone.md#decision-table), and the note that a join has begun stands before its first write.
import { dirname, join } from "node:path";
import type { Failure } from "../../../init/engine/failure.ts";
import { isMissing, reasonOf } from "../../../init/engine/reason.ts";
import { isHalfAside, setAside } from "./archive.ts";
import type { Around } from "./around.ts";
import type { Clear } from "./decide/decision.ts";
import { makeFolders, writeWhole } from "./folders.ts";
import { joiningText } from "./note.ts";
import { joiningNote, ownFolder, versionFile } from "./places.ts";
import type { Disk } from "./read/disk.ts";

export async function clear(around: Around, disk: Disk, how: Clear): Promise<Failure | null> {
  const { world, ozone } = around;
  const { metadata } = ozone;
  switch (how) {
    case "nothing": {
      const failure = await attempt(around, () => removeHalfMade(around, disk));
      if (failure !== null || !(await isHalfAside(metadata, world.trees))) return failure;
      return archive(around, { ...disk, parts: [] });
    }
    case "discard":
      return attempt(around, async () => {
        world.log(`removing what a join that was never proven has left: ${disk.parts.join(", ")}`);
        for (const part of disk.parts) await world.trees.removeTree(part);
      });
    case "archive":
      return archive(around, disk);
  }
}

async function archive({ world, ozone }: Around, disk: Disk): Promise<Failure | null> {
  world.log(
    `setting the old state aside: ${disk.parts.join(", ") || "what a cut-off start has moved already"}`,
  );
  const at = world.now().toISOString();
  const why = "the ring does not have this member any more";
  const failed = await setAside(ozone.metadata, disk, { ...world, at, why });
  return failed === null ? null : { name: "state-volume-unusable", path: ozone.metadata.dirs, why: failed };
}

/** `ozone om --init` makes om/current itself, and fails for ever where it is there without VERSION. */
async function removeHalfMade({ world, ozone }: Around, { halfMade }: Disk): Promise<void> {
  if (halfMade) await world.trees.removeTree(dirname(versionFile(ozone.metadata)));
}

/** Writes the note that a join with these nodes begins. */
export async function noteJoining(around: Around, nodes: readonly string[]): Promise<Failure | null> {
  const { world, ozone } = around;
  return attempt(around, async () => {
    await makeFolders(ownFolder(ozone.metadata), world.files);
    await writeWhole(joiningNote(ozone.metadata), joiningText(nodes, world.runId), world);
  });
}

/** Takes the note away: the join is proven and marked. */
export async function forgetJoining(around: Around): Promise<Failure | null> {
  const { world, ozone } = around;
  return attempt(around, async () => {
    const path = joiningNote(ozone.metadata);
    await world.files.remove(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await world.files.syncFolder(join(path, ".."));
  });
}

async function attempt({ ozone }: Around, work: () => Promise<void>): Promise<Failure | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return { name: "state-volume-unusable", path: ozone.metadata.dirs, why: reasonOf(error) };
  }
}

// Archives a member's old state: moves it by renames into the runner's folder on the same volume, outside of Ratis'
// folder, in which Ozone tolerates no foreign files (docs/research/ozone.md#files-on-the-volume). One archive is kept.
// An interrupted archive is continued.
import { basename, dirname, join } from "node:path";
import {
  anyNumber,
  list,
  nullable,
  object,
  oneOf,
  readShape,
  type TypeOf,
  text,
} from "../../../init/contract/shape.ts";
import { describeFileError, isMissing } from "../../../init/engine/failure.ts";
import type { FileSystem } from "../../../init/engine/ports.ts";
import type { TreeReader } from "../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { makeFolders, writeFileWhole } from "./folders.ts";
import { getArchivesFolder, getIncomingFolder, OWN_FOLDER } from "./places.ts";
import type { DiskContents } from "./read/disk.ts";
import { listOrNone, readTextOrNull } from "./read/raft.ts";

const MANIFEST = "archive.json";
const MIB = 1024 * 1024;
/** What a daemon writes before it detects a full volume. */
const RESERVE_BYTES = 64 * MIB;

const manifest = object({
  schema: oneOf(1),
  at: text(),
  why: text(),
  clusterID: nullable(text()),
  omUuid: nullable(text()),
  peers: list(text()),
  bytes: anyNumber(),
  parts: list(text()),
});

type ArchiveManifest = Pick<
  TypeOf<typeof manifest>,
  "schema" | "at" | "why" | "clusterID" | "omUuid" | "peers" | "bytes" | "parts"
>;

export interface StateArchive extends ArchiveManifest {
  readonly name: string;
  readonly path: string;
}

export interface DiskPorts {
  readonly files: FileSystem;
  readonly trees: TreeReader;
}

/**
 * Archives the state, and removes older archives.
 * @returns null, or why it failed; the next attempt continues
 */
export async function setAside(
  metadata: PlanOzone["metadata"],
  disk: DiskContents,
  { files, trees, at, runId, why }: DiskPorts & { at: string; runId: string; why: string },
): Promise<string | null> {
  try {
    const bytes =
      (await sumSizes(disk.parts, trees)) + (await sumSizes([getIncomingFolder(metadata)], trees));
    const noRoom = await makeRoom(metadata, bytes, { files, trees });
    if (noRoom !== null) return noRoom;
    const incoming = getIncomingFolder(metadata);
    await makeFolders(incoming, files);
    for (const part of disk.parts) await move(part, incoming, { files, trees });
    const older = (await listOrNone(getArchivesFolder(metadata), trees)).map(({ name }) => name);
    const { version, raft } = disk;
    const known = version !== null && "clusterID" in version ? version : null;
    const text = JSON.stringify({
      schema: 1,
      at,
      why,
      clusterID: known?.clusterID ?? null,
      omUuid: known?.omUuid ?? null,
      peers: raft.is === "whole" ? [...raft.conf.peers] : [],
      bytes,
      parts: (await trees.list(incoming))
        .map(({ name }) => name)
        .filter((name) => !name.startsWith(MANIFEST)),
    } satisfies ArchiveManifest);
    await writeFileWhole(join(incoming, MANIFEST), `${text}\n`, { files, runId });
    await makeFolders(getArchivesFolder(metadata), files);
    await files.rename(
      incoming,
      join(getArchivesFolder(metadata), `${at.replace(/[:.]/g, "-")}-${runId.slice(0, 8)}`),
    );
    await files.syncFolder(getArchivesFolder(metadata));
    for (const name of older) await trees.removeTree(join(getArchivesFolder(metadata), name));
    return null;
  } catch (error) {
    return describeArchiveError(error);
  }
}

/** Whether an archive was interrupted; then it holds the only copy of the state. */
export async function isArchiveIncomplete(
  metadata: PlanOzone["metadata"],
  trees: TreeReader,
): Promise<boolean> {
  return (await listOrNone(getIncomingFolder(metadata), trees)).length > 0;
}

/** Lists the archives, the newest last. */
export async function listArchives(
  metadata: PlanOzone["metadata"],
  { files, trees }: DiskPorts,
): Promise<readonly StateArchive[]> {
  const folder = getArchivesFolder(metadata);
  const names = (await listOrNone(folder, trees)).map(({ name }) => name).sort();
  const found: StateArchive[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const read = readManifest(await readTextOrNull(join(path, MANIFEST), files));
    found.push({ name, path, ...(read ?? { ...UNKNOWN, bytes: await trees.size(path) }) });
  }
  return found;
}

const UNKNOWN = {
  schema: 1,
  at: "",
  why: "its archive.json cannot be read",
  clusterID: null,
  omUuid: null,
  peers: [],
  parts: [],
} as const satisfies Omit<StateArchive, "name" | "path" | "bytes">;

/** null: the manifest is missing or invalid */
function readManifest(written: string | null): ArchiveManifest | null {
  if (written === null) return null;
  try {
    const read = readShape(manifest, JSON.parse(written));
    if ("fault" in read) return null;
    const { schema, at, why, clusterID, omUuid, peers, bytes, parts } = read.value;
    return { schema, at, why, clusterID, omUuid, peers, bytes, parts };
  } catch {
    return null;
  }
}

async function sumSizes(paths: readonly string[], trees: TreeReader): Promise<number> {
  let bytes = 0;
  for (const path of paths)
    bytes += await trees.size(path).catch((error: unknown) => (isMissing(error) ? 0 : Promise.reject(error)));
  return bytes;
}

/** Ensures space for a new state as large as the old one, which stays. @returns null, or why there is too little */
async function makeRoom(
  metadata: PlanOzone["metadata"],
  bytes: number,
  { trees }: DiskPorts,
): Promise<string | null> {
  const needed = bytes + RESERVE_BYTES;
  const free = await trees.free(metadata.dirs);
  if (free >= needed) return null;
  const archives = getArchivesFolder(metadata);
  const old = await sumSizes([archives], trees);
  if (free + old < needed) {
    return `a new state takes about ${toMib(needed)} MiB beside the old one, and ${toMib(free)} MiB are free. Enlarge the volume; or, because the ring no longer lists this member, discard its old state: delete its PersistentVolumeClaim (--wait=false), then the pod, and it joins with an empty volume`;
  }
  for (const { name } of await listOrNone(archives, trees)) await trees.removeTree(join(archives, name));
  return null;
}

const toMib = (bytes: number): number => Math.ceil(bytes / MIB);

/** Uses a free name, because after a crash the same part may have been created again. */
async function move(part: string, incoming: string, { files, trees }: DiskPorts): Promise<void> {
  const taken = new Set((await trees.list(incoming)).map(({ name }) => name));
  let name = basename(part);
  for (let copy = 2; taken.has(name); copy += 1) name = `${basename(part)}.${copy}`;
  await files.rename(part, join(incoming, name));
  await files.syncFolder(dirname(part));
}

function describeArchiveError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "EXDEV" || code === "EBUSY"
    ? `a part of the state is a separate mount and cannot be moved to ${OWN_FOLDER} (${code}); move its contents away by hand, then restart the pod`
    : describeFileError(error);
}

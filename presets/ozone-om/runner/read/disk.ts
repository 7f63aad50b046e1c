// Reads a member's own volume (docs/research/ozone.md#files-on-the-volume). The decision never relies on the volume
// alone.
import { join } from "node:path";
import { computeGroupUuid } from "../../../../init/contract/ring/group.ts";
import { describeFileError } from "../../../../init/engine/failure.ts";
import type { PlanOzone } from "../../contract/plan.ts";
import { parseJoiningNote } from "../note.ts";
import { getJoiningNotePath, getVersionPath, isState } from "../places.ts";
import {
  findRatisFolder,
  listOrNone,
  type RaftState,
  readRaft,
  readTextOrNull,
  type VolumeReader,
} from "./raft.ts";
import { type OmVersion, readVersion } from "./version.ts";

export interface DiskContents {
  /** null: missing; broken: unreadable */
  readonly version: OmVersion | { readonly broken: string } | null;
  readonly raft: RaftState;
  /** om.db holds a database */
  readonly hasDatabase: boolean;
  /** folders of other Raft groups, with which Ozone refuses to start */
  readonly foreignGroups: readonly string[];
  /** the nodes of a join that was begun on this state and never proven; null: none */
  readonly joining: readonly string[] | null;
  /**
   * `om/current` exists without VERSION, so `ozone om --init` always fails (docs/research/ozone.md#files-on-the-volume)
   */
  readonly isHalfInitialised: boolean;
  /** the existing parts of the state, as absolute paths */
  readonly parts: readonly string[];
  /** the folder of this group */
  readonly group: string;
}

/** The state of a disk. */
export type DiskState =
  | { readonly is: "empty" }
  /** only `ozone om --init` was run */
  | { readonly is: "initialised" }
  | {
      readonly is: "whole";
      readonly version: OmVersion;
      readonly peers: readonly string[];
      readonly logStart: number | null;
    }
  /** Raft has begun and no configuration was applied */
  | { readonly is: "unconfirmed"; readonly version: OmVersion }
  | { readonly is: "damaged"; readonly why: string };

export function classifyDisk({ version, raft, hasDatabase }: DiskContents): DiskState {
  const damaged = (why: string): DiskState => ({ is: "damaged", why });
  if (version !== null && "broken" in version) return damaged(`VERSION: ${version.broken}`);
  if (raft.is === "broken") return damaged(raft.why);
  if (raft.is === "none") {
    if (hasDatabase) return damaged("there is a database without Raft state");
    return version === null ? { is: "empty" } : { is: "initialised" };
  }
  if (version === null) return damaged("there is Raft state without VERSION");
  if (!hasDatabase) return damaged("there is Raft state without a database");
  return raft.is === "whole"
    ? { is: "whole", version, peers: raft.conf.peers, logStart: raft.logStart }
    : { is: "unconfirmed", version };
}

/** Reads the volume; changes nothing. */
export async function readDisk(
  { metadata, serviceId }: Pick<PlanOzone, "metadata" | "serviceId">,
  reader: VolumeReader,
): Promise<DiskContents | { readonly unreadable: string }> {
  try {
    return await readContents(metadata, computeGroupUuid(serviceId), reader);
  } catch (error) {
    return { unreadable: describeFileError(error) };
  }
}

async function readContents(
  metadata: PlanOzone["metadata"],
  group: string,
  reader: VolumeReader,
): Promise<DiskContents> {
  const ratis = await findRatisFolder(metadata, reader);
  const groups = (await listOrNone(ratis, reader)).filter(({ isFolder }) => isFolder);
  const text = await readTextOrNull(getVersionPath(metadata), reader);
  const database = await listOrNone(join(metadata.dbDirs, "om.db"), reader);
  return {
    version: text === null ? null : readVersion(text),
    raft: await readRaft(join(ratis, group), reader),
    // RocksDB's pointer to its valid state
    hasDatabase: database.some(({ name }) => name === "CURRENT"),
    foreignGroups: groups.map(({ name }) => name).filter((name) => name !== group),
    joining: parseJoiningNote(await readTextOrNull(getJoiningNotePath(metadata), reader)),
    isHalfInitialised: text === null && (await hasEntry(join(metadata.dbDirs, "om"), "current", reader)),
    parts: await listStateParts(
      metadata,
      groups.some(({ name }) => name === group) ? join(ratis, group) : null,
      reader,
    ),
    group: join(ratis, group),
  };
}

async function hasEntry(folder: string, wanted: string, reader: VolumeReader): Promise<boolean> {
  return (await listOrNone(folder, reader)).some(({ name }) => name === wanted);
}

async function listStateParts(
  { dirs, dbDirs, ratisDir }: PlanOzone["metadata"],
  group: string | null,
  reader: VolumeReader,
): Promise<string[]> {
  const parts: string[] = [];
  for (const folder of new Set([dirs, dbDirs])) {
    const names = (await listOrNone(folder, reader)).map(({ name }) => name).filter(isState);
    parts.push(...names.map((name) => join(folder, name)));
  }
  // a separate Ratis folder may be a mount, of which only the contents can be moved
  if (ratisDir !== null && group !== null && !parts.some((part) => group.startsWith(`${part}/`))) {
    parts.push(group);
  }
  return parts;
}

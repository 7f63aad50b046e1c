// A member's Raft state on its volume: R/<group>/current (docs/research/ozone.md#files-on-the-volume).
import { join } from "node:path";
import type { FileSystem } from "../../../../init/engine/ports.ts";
import { isMissing } from "../../../../init/engine/reason.ts";
import type { FolderEntry, TreeReader } from "../../../../init/engine/ringPorts.ts";
import { RATIS_NAMES } from "../places.ts";
import { type RaftConf, readRaftConf } from "./raftConf.ts";
import { readRaftMeta } from "./raftMeta.ts";

export type RaftState =
  /** nothing was ever voted or logged */
  | { readonly is: "none" }
  /** it has begun, and no configuration was applied yet: started plain it would take the whole superset as its ring */
  | { readonly is: "unconfirmed" }
  | { readonly is: "whole"; readonly conf: RaftConf }
  | { readonly is: "broken"; readonly why: string };

/** How a member reads its volume: texts by the engine's port, folders and bytes by the preset's. */
export type VolumeReader = Pick<FileSystem, "readText"> & Pick<TreeReader, "list" | "readBytes">;

/** The entries of a folder; none where it is not there. @throws for everything else that keeps it from being read */
export async function listOrNone(
  path: string,
  reader: Pick<TreeReader, "list">,
): Promise<readonly FolderEntry[]> {
  try {
    return await reader.list(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The text of a file; null where it is not there. */
export async function readTextOrNull(
  path: string,
  reader: Pick<FileSystem, "readText">,
): Promise<string | null> {
  try {
    return await reader.readText(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Ratis' folder: what is configured, else the older name where something lies in it, else the newer one. */
export async function findRatisFolder(
  { dirs, ratisDir }: { dirs: string; ratisDir: string | null },
  reader: VolumeReader,
): Promise<string> {
  if (ratisDir !== null) return ratisDir;
  const [older, newer] = RATIS_NAMES;
  const isUsed = (await listOrNone(join(dirs, older), reader)).length > 0;
  return join(dirs, isUsed ? older : newer);
}

/** What lies in the group's folder. */
export async function readRaft(group: string, reader: VolumeReader): Promise<RaftState> {
  const current = join(group, "current");
  const names = (await listOrNone(current, reader)).map(({ name }) => name);
  if (names.length === 0) return { is: "none" };
  if (!names.includes("raft-meta")) {
    return { is: "broken", why: `${current} holds ${names.join(", ")} and no raft-meta` };
  }
  const meta = await readTextOrNull(join(current, "raft-meta"), reader);
  if (meta === null || readRaftMeta(meta) === null) {
    return { is: "broken", why: `${join(current, "raft-meta")} is torn: what it has voted is forgotten` };
  }
  if (!names.includes("raft-meta.conf")) return { is: "unconfirmed" };
  const conf = readRaftConf(await reader.readBytes(join(current, "raft-meta.conf")));
  return "broken" in conf
    ? { is: "broken", why: `${join(current, "raft-meta.conf")} is torn: ${conf.broken}` }
    : { is: "whole", conf };
}

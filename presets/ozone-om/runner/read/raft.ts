// Reads a member's Raft state on its volume: R/<group>/current (docs/research/ozone.md#files-on-the-volume).
import { join } from "node:path";
import { isMissing } from "../../../../init/engine/failure.ts";
import type { FileSystem } from "../../../../init/engine/ports.ts";
import type { FolderEntry, TreeReader } from "../../../../init/engine/ringPorts.ts";
import { RATIS_NAMES } from "../places.ts";
import { type RaftConf, readRaftConf } from "./raftConf.ts";
import { readRaftMeta } from "./raftMeta.ts";

export type RaftState =
  /** no vote and no log entry */
  | { readonly is: "none" }
  /** no configuration was applied yet: a normal start would take all configured nodes as its ring */
  | { readonly is: "unconfirmed" }
  /** logStart: the first index of its log; null: it has no log */
  | { readonly is: "whole"; readonly conf: RaftConf; readonly logStart: number | null }
  | { readonly is: "broken"; readonly why: string };

/** The ports through which a member reads its volume. */
export type VolumeReader = Pick<FileSystem, "readText"> & Pick<TreeReader, "list" | "readBytes">;

/** Lists a folder; empty if it does not exist. @throws any other error */
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

/** Reads a file; null if it does not exist. */
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

/** Finds Ratis' folder: the configured one, else the older name if that folder has entries, else the newer name. */
export async function findRatisFolder(
  { dirs, ratisDir }: { dirs: string; ratisDir: string | null },
  reader: VolumeReader,
): Promise<string> {
  if (ratisDir !== null) return ratisDir;
  const [older, newer] = RATIS_NAMES;
  const isUsed = (await listOrNone(join(dirs, older), reader)).length > 0;
  return join(dirs, isUsed ? older : newer);
}

/** Reads the folder of the Raft group. */
export async function readRaft(group: string, reader: VolumeReader): Promise<RaftState> {
  const current = join(group, "current");
  const names = (await listOrNone(current, reader)).map(({ name }) => name);
  if (names.length === 0) return { is: "none" };
  if (!names.includes("raft-meta")) {
    return { is: "broken", why: `${current} holds ${names.join(", ")} and no raft-meta` };
  }
  const meta = await readTextOrNull(join(current, "raft-meta"), reader);
  if (meta === null || readRaftMeta(meta) === null) {
    return { is: "broken", why: `${join(current, "raft-meta")} is corrupt, so its vote is lost` };
  }
  if (!names.includes("raft-meta.conf")) return { is: "unconfirmed" };
  const conf = readRaftConf(await reader.readBytes(join(current, "raft-meta.conf")));
  return "broken" in conf
    ? { is: "broken", why: `${join(current, "raft-meta.conf")} is corrupt: ${conf.broken}` }
    : { is: "whole", conf, logStart: findLogStart(names) };
}

/** Segments are named by their indexes: log_0-41, log_inprogress_42. */
const SEGMENT = /^log_(?:(\d{1,15})-\d+|inprogress_(\d{1,15}))$/;

/** The lowest index of the segments. Above 0 the log was purged, or began with a snapshot. */
function findLogStart(names: readonly string[]): number | null {
  const starts = names.flatMap((name) => {
    const [, closed, open] = SEGMENT.exec(name) ?? [];
    const start = closed ?? open;
    return start === undefined ? [] : [Number(start)];
  });
  return starts.length === 0 ? null : starts.reduce((lowest, start) => Math.min(lowest, start));
}

// Where an Ozone Manager keeps its state, and where the runner keeps archived states
// (docs/research/ozone.md#files-on-the-volume).
import { join } from "node:path";
import type { PlanOzone } from "../contract/plan.ts";

type PlanMetadata = PlanOzone["metadata"];

/** The runner's folder beside the state, on the same volume, so archiving is a rename. */
export const OWN_FOLDER = ".rollcall-om";

/** Where Ratis keeps groups when no folder is configured: the older name wins where it holds something. */
export const RATIS_NAMES = ["ratis", "om.ratis"] as const;

/** In `dirs`: what an Ozone Manager of any release makes there and what belongs to one member's state. */
const STATE_NAMES = [
  "om",
  "db.snapshots",
  "db.snapdiff",
  "db.checkpoints",
  "om.ratis.snapshot",
  "ratis.snapshot",
  "snapshot",
  "omMetrics",
  ...RATIS_NAMES,
] as const;

/** om.db, and the folders that an interrupted installation of a snapshot leaves beside it. */
const isDatabase = (name: string): boolean => name === "om.db" || name.startsWith("om.db.");

/** Whether an entry of `dirs` or `dbDirs` is state of this member. */
export const isState = (name: string): boolean =>
  isDatabase(name) || STATE_NAMES.some((state) => state === name);

export const getOwnFolder = ({ dirs }: PlanMetadata): string => join(dirs, OWN_FOLDER);

/** The note of a join that has begun and is not proven: only the joining daemon has run on this state. */
export const getJoiningNotePath = (metadata: PlanMetadata): string =>
  join(getOwnFolder(metadata), "joining.json");

/** Completed archives, one folder each; at most one is kept. */
export const getArchivesFolder = (metadata: PlanMetadata): string => join(getOwnFolder(metadata), "archive");

/** An archive in progress. After a crash the next start continues it. */
export const getIncomingFolder = (metadata: PlanMetadata): string => join(getOwnFolder(metadata), "incoming");

export const getVersionPath = ({ dbDirs }: PlanMetadata): string => join(dbDirs, "om", "current", "VERSION");

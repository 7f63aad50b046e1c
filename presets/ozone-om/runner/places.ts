// Where an Ozone Manager keeps its state, and where the runner keeps what it sets aside
// (docs/research/ozone.md#files-on-the-volume).
import { join } from "node:path";
import type { PlanOzone } from "../contract/plan.ts";

type PlanMetadata = PlanOzone["metadata"];

/** The runner's own folder beside the state, on the same volume, so that setting aside is a rename. */
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

/** om.db, and what an interrupted installation of a snapshot leaves beside it. */
const isDatabase = (name: string): boolean => name === "om.db" || name.startsWith("om.db.");

/** Whether an entry of `dirs` or `dbDirs` is state of this member. */
export const isState = (name: string): boolean =>
  isDatabase(name) || STATE_NAMES.some((state) => state === name);

export const getOwnFolder = ({ dirs }: PlanMetadata): string => join(dirs, OWN_FOLDER);

/** Stands while a join of ours has begun and is not proven: no daemon but the joining one has run on this state. */
export const getJoiningNotePath = (metadata: PlanMetadata): string =>
  join(getOwnFolder(metadata), "joining.json");

/** Finished archives, one folder each; at most one is kept. */
export const getArchivesFolder = (metadata: PlanMetadata): string => join(getOwnFolder(metadata), "archive");

/** An archive that is being made: a crash leaves it here, and the next start goes on with it. */
export const getIncomingFolder = (metadata: PlanMetadata): string => join(getOwnFolder(metadata), "incoming");

export const getVersionPath = ({ dbDirs }: PlanMetadata): string => join(dbDirs, "om", "current", "VERSION");

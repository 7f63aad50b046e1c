// The OTOBO part of a compiled profile, for injection.
import type { Profile } from "../../../webhook/profiles/profile.ts";

/** OTOBO's settings beyond numbers, env and steps. */
export interface OtoboPod {
  /** the volume that is mounted at /opt/otobo */
  readonly home: string;
  /** the container that runs the daemon; null: a workload without daemon */
  readonly daemon: string | null;
  readonly probes: boolean;
  /** ordinal 0 may start on an empty database */
  readonly firstInstall: boolean;
  /** OTOBO's S3 mode is on: pods share its files */
  readonly s3: boolean;
  /** pods share a cache */
  readonly redis: boolean;
  readonly articles: "db" | "s3" | "fs";
  /** what the watcher of packages needs in the first container; null: packages are taken up at a start only */
  readonly watch: { readonly cpu: string; readonly memory: string } | null;
  /** how long to wait for the daemon to stop */
  readonly stopSeconds: number;
}

/** The part of a compiled profile that injection uses. */
export interface OtoboProfile extends Pick<Profile, "name" | "drop" | "files"> {
  readonly containers: readonly string[];
  readonly otobo: OtoboPod;
}

// What injection needs to know of a profile of kind otobo beside numbers, env and steps.
import type { Profile } from "../../../webhook/profiles/profile.ts";

/** What the pods of a profile of kind otobo get beside numbers, env and steps. */
export interface OtoboPod {
  /** the volume that is mounted at /opt/otobo */
  readonly home: string;
  /** the container that runs the daemon; null: a web workload of its own */
  readonly daemon: string | null;
  readonly probes: boolean;
  /** ordinal 0 may start on an empty database */
  readonly firstInstall: boolean;
  /** OTOBO's S3 mode is on: what it keeps in files comes to all pods */
  readonly s3: boolean;
  readonly articles: "db" | "s3" | "fs";
  /** how long a stopping daemon is waited for */
  readonly stopSeconds: number;
}

/** The part of a compiled profile that decides what its pods get. */
export interface OtoboProfile extends Pick<Profile, "name" | "drop" | "files"> {
  readonly containers: readonly string[];
  readonly otobo: OtoboPod;
}

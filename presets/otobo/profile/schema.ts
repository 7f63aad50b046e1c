// The schema of profiles of type Otobo: OTOBO on Kubernetes without a shared file system (docs/research/otobo.md).
import * as z from "zod";
import { dnsLabel, duration, MAX_CONTAINERS, SET, template } from "../../../webhook/profiles/fields.ts";
import { compileRange, type NumberRange } from "../../../webhook/profiles/range.ts";
import { defineLeave, defineScaleDown } from "../../../webhook/profiles/scaleDown.ts";
import * as fields from "./fields.ts";
import { findOtoboFaults } from "./findOtoboFaults.ts";
import { otoboS3 } from "./s3.ts";

export const otobo = z
  .strictObject({
    containers: z
      .array(dnsLabel)
      .min(1)
      .max(MAX_CONTAINERS)
      .default(["web", "daemon"])
      .meta(SET)
      .describe("OTOBO's containers in the pod; the steps run in the image of the first one"),
    daemonContainer: dnsLabel
      .default("daemon")
      .describe("The container that runs the daemon, where leave runs. Ignored if daemonID is set"),
    home: fields.homeField.describe("The directory /opt/otobo of a pod"),
    nodeID: fields.nodeID.prefault({}).describe("The NodeID of a pod: base + ordinal"),
    daemonID: fields.daemonNumber
      .optional()
      .describe(
        "For a workload without daemon: the number of a daemon that always runs elsewhere; all pods get this number",
      ),
    database: fields.database.describe("The database of all pods"),
    redis: fields.redis
      .optional()
      .describe(
        "The cache that all pods share; it holds no permanent data. Required for more than one pod; without it OTOBO " +
          "caches in files of the pod",
      ),
    s3: otoboS3.optional().describe("OTOBO's S3 mode, Storage::S3; required for more than one pod"),
    release: fields.release.prefault({}).describe("Work that is done once for each release and database"),
    releaseID: template
      .default("{image}")
      .describe("Identifies a release, together with the image's OTOBO version and the set of packages"),
    articles: fields.articles,
    config: fields.configField
      .optional()
      .describe(
        "Your own Config.pm as the base of the configuration, instead of the image's; a change needs a restart",
      ),
    loader: fields.loaderField,
    userFiles: fields.userFiles,
    packages: fields.packagesField,
    watchResources: fields.watchResources
      .prefault({})
      .describe(
        "With packages: Watch: what the watcher needs in the first container (the daemon's, if there is one), where it runs as " +
          "long as the container does",
      ),
    logging: fields.logging,
    probes: fields.probes,
    waitTimeout: duration
      .default("10m")
      .describe("How long a pod waits for database, Redis and S3 before it fails, such as 10m"),
    markers: fields.otoboMarkers
      .prefault({})
      .describe("Where the markers, the proof that steps were done, are kept"),
    scaleDown: defineScaleDown(
      ["Managed", "Drained", "Deny", "Allow"],
      defineLeave("5m", "How long a leaving daemon may take to stop, including its running tasks").prefault(
        {},
      ),
    ),
  })
  .superRefine((profile, context) => {
    for (const { path, message } of findOtoboFaults(profile))
      context.addIssue({ code: "custom", path: [...path], message });
  })
  .describe("OTOBO without a shared file system");

export type OtoboSpec = z.infer<typeof otobo>;

export function resolveDatabasePort({ type, port }: OtoboSpec["database"]): number {
  return port ?? (type === "PostgreSQL" ? 5432 : 3306);
}

/** By default the pool is the database. The pods of a workload without daemon share the number of a daemon elsewhere. */
export function compileOtoboRange({ nodeID, daemonID, database }: OtoboSpec): NumberRange {
  if (daemonID !== undefined) return { base: daemonID, max: daemonID, pool: null, size: 1, shared: true };
  const pool = nodeID.pool ?? `${database.host}:${resolveDatabasePort(database)}/${database.name}`;
  return compileRange({ ...nodeID, pool });
}

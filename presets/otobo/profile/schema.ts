// The type Otobo of profile: an OTOBO on Kubernetes without a shared file system (docs/research/otobo.md).
import * as z from "zod";
import { dnsLabel, duration, MOST_CONTAINERS, SET, template } from "../../../webhook/profiles/fields.ts";
import { compileRange, type NumberRange } from "../../../webhook/profiles/range.ts";
import { defineScaleDown, leaveLimit } from "../../../webhook/profiles/scaleDown.ts";
import * as fields from "./fields.ts";
import { findOtoboFaults } from "./findOtoboFaults.ts";
import { otoboS3 } from "./s3.ts";

export const otobo = z
  .strictObject({
    containers: z
      .array(dnsLabel)
      .min(1)
      .max(MOST_CONTAINERS)
      .default(["web", "daemon"])
      .meta(SET)
      .describe("Containers of OTOBO in the pod; the image of the first one runs the steps"),
    daemonContainer: dnsLabel
      .default("daemon")
      .describe(
        "The one of containers that runs the daemon: it leaves. Without meaning where daemonID is set",
      ),
    home: fields.homeField.describe("The tree /opt/otobo of a pod"),
    nodeID: fields.nodeID.prefault({}).describe("The NodeID of a pod: base + ordinal"),
    daemonID: fields.daemonNumber
      .optional()
      .describe(
        "For a web workload of its own: the number of a daemon that always runs; no numbers are given out",
      ),
    database: fields.database.describe("The database of all pods"),
    redis: fields.redis.describe("The cache that all pods share; nothing that must last is kept there"),
    s3: otoboS3.optional().describe("OTOBO's own S3 mode: Storage::S3; more than one pod needs it"),
    release: fields.release.prefault({}).describe("What is done once for each release and database"),
    releaseID: template
      .default("{image}")
      .describe(
        "What identifies a release; the image's own version and the set of packages always count too",
      ),
    articles: fields.articles,
    config: fields.configField
      .optional()
      .describe("A Config.pm of your own to begin with instead of the image's"),
    loader: fields.loaderField,
    userFiles: fields.userFiles,
    logging: fields.logging,
    probes: fields.probes,
    waitTimeout: duration
      .default("10m")
      .describe("How long a pod waits for database, Redis and S3 before it gives up, such as 10m"),
    markers: fields.otoboMarkers.prefault({}).describe("Where the proof that steps were done is kept"),
    scaleDown: defineScaleDown(
      ["Managed", "Drained", "Deny", "Allow"],
      leaveLimit("5m", "How long a daemon that leaves may take to end, its running tasks included").prefault(
        {},
      ),
    ),
  })
  .superRefine((profile, context) => {
    for (const { path, message } of findOtoboFaults(profile))
      context.addIssue({ code: "custom", path: [...path], message });
  })
  .describe("An OTOBO without a shared file system");

export type OtoboSpec = z.infer<typeof otobo>;

/** What the standard servers listen on. */
export function resolveDatabasePort({ type, port }: OtoboSpec["database"]): number {
  return port ?? (type === "PostgreSQL" ? 5432 : 3306);
}

/** The numbers in the pool of the database; a web workload of its own has none, its pods share the daemon's. */
export function compileOtoboRange({ nodeID: asked, daemonID, database }: OtoboSpec): NumberRange {
  if (daemonID !== undefined) return { base: daemonID, max: daemonID, pool: null, size: 1, shared: true };
  const pool = asked.pool ?? `${database.host}:${resolveDatabasePort(database)}/${database.name}`;
  return compileRange({ ...asked, pool });
}

// The kind `otobo` of profile: an OTOBO on Kubernetes without a shared file system (facts/otobo.md; DESIGN: OTOBO
// preset).
import * as z from "zod";
import { dnsLabel, duration, template } from "./fields.ts";
import { dropOf } from "./leave.ts";
import { otoboFaults } from "./otoboFaults.ts";
import * as fields from "./otoboFields.ts";
import { otoboS3 } from "./otoboS3.ts";
import { mode, namespaces, selectorLabelOf } from "./picking.ts";
import { placing } from "./placing.ts";
import { type NumberRange, rangeOf } from "./range.ts";

export const otobo = z
  .strictObject({
    kind: z.literal("otobo").describe("An OTOBO without a shared file system"),
    mode,
    namespaces,
    containers: z
      .array(dnsLabel)
      .min(1)
      .default(["web", "daemon"])
      .describe("Containers of OTOBO in the pod; the image of the first one runs the steps"),
    daemon: dnsLabel
      .default("daemon")
      .describe(
        "The one of containers that runs the daemon: it leaves; without meaning where daemonId is set",
      ),
    home: fields.home.describe("The tree /opt/otobo of a pod"),
    nodeId: fields.nodeId.prefault({}).describe("The NodeID of a pod: base + ordinal"),
    daemonId: fields.daemonNumber
      .optional()
      .describe(
        "For a web workload of its own: the number of a daemon that always runs; no numbers are given out",
      ),
    database: fields.database.describe("The database of all pods"),
    redis: fields.redis.describe("The cache that all pods share; nothing that must last is kept there"),
    s3: otoboS3.optional().describe("OTOBO's own S3 mode: Storage::S3; more than one pod needs it"),
    release: fields.release.prefault({}).describe("What is done once for each release and database"),
    releaseId: template
      .default("{image}")
      .describe("What makes a release; the image's own version and the set of packages always count too"),
    articles: fields.articles,
    config: fields.config.optional().describe("A Config.pm of your own to begin with instead of the image's"),
    loader: fields.loader,
    userFiles: fields.userFiles,
    logging: fields.logging,
    probes: fields.probes,
    wait: duration
      .default("10m")
      .describe("How long a pod waits for database, Redis and S3 before it gives up"),
    markers: fields.otoboMarkers.prefault({}).describe("Where the proof of what was done is kept"),
    leave: fields.otoboLeave.prefault({}).describe("How a daemon leaves"),
    drop: dropOf("managed"),
    ...placing,
    selectorLabel: selectorLabelOf("warn"),
  })
  .superRefine((profile, context) => {
    for (const { path, message } of otoboFaults(profile)) {
      context.addIssue({ code: "custom", path, message });
    }
  });

export interface OtoboProfile extends z.infer<typeof otobo> {}

/** What the standard servers listen on. */
export function databasePort({ kind, port }: OtoboProfile["database"]): number {
  return port ?? (kind === "postgresql" ? 5432 : 3306);
}

/** The numbers in the pool of the database; a web workload of its own has none, its pods share the daemon's. */
export function otoboRange({ nodeId: asked, daemonId, database }: OtoboProfile): NumberRange {
  if (daemonId !== undefined) return { base: daemonId, max: daemonId, pool: null, size: 1, shared: true };
  const pool = asked.pool ?? `${database.host}:${databasePort(database)}/${database.name}`;
  return rangeOf({ ...asked, pool });
}

// The fields of a profile of kind otobo, one group each (facts/otobo.md 1.8, 2.6, 3.6, 6; DESIGN: OTOBO preset).
import * as z from "zod";
import { dnsLabel, dnsName, duration } from "./fields.ts";
import { numbers } from "./range.ts";

/** OTOBO prints a NodeID into three digits, and takes 0 for 1 (facts/otobo.md 1.2). */
export const daemonNumber = z.number().int().min(1).max(999);

export const port = z.number().int().min(1).max(65535);

export const nodeId = z.strictObject({
  ...numbers,
  base: daemonNumber.default(1).describe("The number of ordinal 0, 1..999"),
  max: daemonNumber.default(999).describe("The largest number that is given out, 1..999"),
  pool: numbers.pool.describe(
    "Default: the database's host, port and name; its daemons must have numbers that differ",
  ),
});

/** Text that stands inside a DSN, where a semicolon would begin another setting. */
const inDsn = z
  .string()
  .min(1)
  .regex(/^[^;\s]+$/, "text without spaces and ';', as it stands in a DSN");

export const database = z.strictObject({
  kind: z.enum(["mysql", "mariadb", "postgresql"]).describe("What server it is"),
  host: dnsName.describe("Its DNS name"),
  port: port.optional().describe("Default 3306, for postgresql 5432"),
  name: inDsn.default("otobo").describe("The database's name"),
  user: inDsn.default("otobo").describe("Who logs in"),
  secret: dnsName.describe(
    "Secret of the workload's namespace with the user's password under the key password",
  ),
});

export const redis = z.strictObject({
  host: dnsName.describe("Its DNS name"),
  port: port.default(6379).describe("Its port"),
});

export const home = z.strictObject({
  volume: dnsLabel.describe("The pod's volume that is mounted at /opt/otobo"),
  mode: z
    .enum(["ephemeral", "persistent"])
    .default("ephemeral")
    .describe(
      "ephemeral: filled anew at every start; persistent: kept, and brought up to the image's release",
    ),
});

export const release = z.strictObject({
  upgradePackages: z
    .boolean()
    .default(false)
    .describe("Upgrade packages from online repositories, once per release"),
  migrate: z
    .boolean()
    .default(false)
    .describe("Run the database migration where major or minor version changed"),
  firstInstall: z
    .enum(["refuse", "installer"])
    .default("refuse")
    .describe(
      "An empty database. refuse: no pod starts; installer: ordinal 0 starts for installer.pl, which is open to all",
    ),
});

export const config = z.strictObject({
  base: dnsName.describe("ConfigMap with a Kernel/Config.pm under the key Config.pm"),
});

export const otoboMarkers = z.strictObject({
  volume: dnsLabel.optional().describe("The pod's volume that keeps the marker; default: home.volume"),
});

export const otoboLeave = z.strictObject({
  timeout: duration
    .default("5m")
    .describe("How long a daemon that leaves may take to end, its running tasks included"),
});

export const articles = z
  .enum(["db", "s3", "fs"])
  .default("db")
  .describe("Where articles are kept; fs: on a persistent home, for one replica only");

export const loader = z
  .enum(["generate", "off"])
  .default("generate")
  .describe("CSS and JavaScript: made at start, or not at all");

export const userFiles = z
  .enum(["ignore", "preload"])
  .default("preload")
  .describe("Kernel/Config/Files/User/*.pm of S3: fetched before the start, or left out");

export const logging = z
  .enum(["stderr", "unchanged"])
  .default("stderr")
  .describe("stderr: OTOBO's log and the daemon's go to the container's log");

export const probes = z
  .enum(["add", "off"])
  .default("add")
  .describe("add: probes where the containers have none");

// The fields of a profile of type Otobo, one group each (docs/research/otobo.md).
import * as z from "zod";
import { dnsLabel, dnsName } from "../../../webhook/profiles/fields.ts";
import { numbers } from "../../../webhook/profiles/range.ts";

/** OTOBO prints a NodeID into three digits, and takes 0 for 1 (docs/research/otobo.md#range). */
export const daemonNumber = z.int().min(1).max(999);

export const port = z.int().min(1).max(65535);

export const nodeID = z.strictObject({
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
  .max(253)
  .regex(/^[^;\s]+$/, "text without spaces and ';', as it stands in a DSN");

export const database = z.strictObject({
  type: z.enum(["MySQL", "MariaDB", "PostgreSQL"]).describe("What server it is"),
  host: dnsName.describe("Its DNS name"),
  port: port.optional().describe("Default: 3306, or 5432 for PostgreSQL"),
  name: inDsn.default("otobo").describe("The database's name"),
  user: inDsn.default("otobo").describe("Who logs in"),
  passwordSecretName: dnsName.describe(
    "Secret of the workload's namespace with the user's password under the key password",
  ),
});

export const redis = z.strictObject({
  host: dnsName.describe("Its DNS name"),
  port: port.default(6379).describe("Its port"),
});

export const homeField = z.strictObject({
  volume: dnsLabel.describe("The pod's volume that is mounted at /opt/otobo"),
  mode: z
    .enum(["Ephemeral", "Persistent"])
    .describe("Ephemeral: filled anew at every start; Persistent: kept, and updated to the image's release"),
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
    .enum(["Refuse", "Installer"])
    .default("Refuse")
    .describe(
      "For an empty database. Refuse: no pod starts; Installer: ordinal 0 starts for installer.pl, which is open to all",
    ),
});

export const configField = z.strictObject({
  configMapName: dnsName.describe("ConfigMap with a Kernel/Config.pm under the key Config.pm"),
});

export const otoboMarkers = z.strictObject({
  volume: dnsLabel.optional().describe("The pod's volume that keeps the markers; default: home.volume"),
});

export const articles = z
  .enum(["Database", "S3", "FileSystem"])
  .default("Database")
  .describe("Where articles are kept; FileSystem: on a persistent home, for one replica only");

export const loaderField = z
  .enum(["Generate", "None"])
  .default("Generate")
  .describe("CSS and JavaScript: Generate: made at start; None: not made");

export const userFiles = z
  .enum(["Preload", "Ignore"])
  .default("Preload")
  .describe("Kernel/Config/Files/User/*.pm of S3: fetched before the start, or ignored");

export const logging = z
  .enum(["Stderr", "Unchanged"])
  .default("Stderr")
  .describe("Stderr: OTOBO's log and the daemon's go to the container's log");

export const probes = z
  .enum(["Add", "None"])
  .default("Add")
  .describe("Add: probes where the containers have none");

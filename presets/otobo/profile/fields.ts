// The schemas of the fields of a profile of type Otobo (docs/research/otobo.md).
import * as z from "zod";
import { dnsLabel, dnsName, quantityText } from "../../../webhook/profiles/fields.ts";
import { numbers } from "../../../webhook/profiles/range.ts";

/** OTOBO formats a NodeID with three digits and treats 0 as 1 (docs/research/otobo.md#range). */
export const daemonNumber = z.int().min(1).max(999);

export const port = z.int().min(1).max(65535);

export const nodeID = z.strictObject({
  ...numbers,
  base: daemonNumber.default(1).describe("The number of ordinal 0, 1..999"),
  max: daemonNumber.default(999).describe("The largest number that a pod may get, 1..999"),
  pool: numbers.pool.describe(
    "Default: the database's host, port and name, since all daemons of a database need different numbers",
  ),
});

/** A value in a DSN, where a semicolon would start another setting. */
const dsnValue = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^;\s]+$/, "text without spaces and ';', since it is part of a DSN");

export const database = z.strictObject({
  type: z.enum(["MySQL", "MariaDB", "PostgreSQL"]).describe("The kind of database server"),
  host: dnsName.describe("The server's DNS name"),
  port: port.optional().describe("Default: 3306, or 5432 for PostgreSQL"),
  name: dsnValue.default("otobo").describe("The database's name"),
  user: dsnValue.default("otobo").describe("The database user"),
  passwordSecretName: dnsName.describe(
    "A Secret in the workload's namespace with the user's password under the key password",
  ),
});

export const redis = z.strictObject({
  host: dnsName.describe("The server's DNS name"),
  port: port.default(6379).describe("The server's port"),
});

export const homeField = z.strictObject({
  volume: dnsLabel.describe("The pod's volume that is mounted at /opt/otobo"),
  mode: z
    .enum(["Ephemeral", "Persistent"])
    .describe("Ephemeral: refilled at every start; Persistent: kept, and updated to the image's release"),
});

const install = z.strictObject({
  fqdn: dnsName.describe("OTOBO's FQDN: the host name in the URLs that users open"),
  httpType: z
    .enum(["https", "http"])
    .default("https")
    .describe(
      "OTOBO's HttpType: the scheme of these URLs; with https, browsers send the session over TLS only",
    ),
  systemID: z
    .int()
    .min(1)
    .max(99_999)
    .default(10)
    .describe("OTOBO's SystemID, a part of each ticket number; it cannot change once there are tickets"),
  adminEmail: z
    .string()
    .max(254)
    .regex(/^[^\s@<>]+@[^\s@<>]+$/, "an e-mail address such as admin@example.com")
    .optional()
    .describe("OTOBO's AdminEmail. Default: support@ and the fqdn"),
  rootPasswordSecretName: dnsName.describe(
    "A Secret in the workload's namespace with the password of the agent root@localhost under the key password. It is used " +
      "for the installation only, and may be deleted then",
  ),
});

export const release = z.strictObject({
  upgradePackages: z
    .boolean()
    .default(false)
    .describe("Upgrade packages from online repositories once for each release"),
  migrate: z
    .boolean()
    .default(false)
    .describe("Run the database migration if the major or minor version has changed"),
  firstInstall: z
    .enum(["Refuse", "Installer", "Unattended"])
    .default("Refuse")
    .describe(
      "If the database is empty: Refuse: no pod starts; Unattended: the first pod installs OTOBO in it with the settings in " +
        "install; Installer: ordinal 0 starts and serves installer.pl without authentication",
    ),
  install: install.optional().describe("The settings of a new installation, for firstInstall: Unattended"),
});

export const configField = z.strictObject({
  configMapName: dnsName.optional().describe("A ConfigMap with a Kernel/Config.pm under the key Config.pm"),
  secretName: dnsName
    .optional()
    .describe("A Secret with it, for a Config.pm that holds passwords, such as that of an LDAP server"),
});

export const otoboMarkers = z.strictObject({
  volume: dnsLabel.optional().describe("The pod's volume that keeps the markers. Default: home.volume"),
});

export const articles = z
  .enum(["Database", "S3", "FileSystem"])
  .default("Database")
  .describe("Where articles are kept; FileSystem needs a persistent home and allows one replica only");

export const loaderField = z
  .enum(["Generate", "None"])
  .default("Generate")
  .describe("Whether the loader's CSS and JavaScript files are generated at start");

export const userFiles = z
  .enum(["Preload", "Ignore"])
  .default("Preload")
  .describe("Whether Kernel/Config/Files/User/*.pm are fetched from S3 before the start");

export const packagesField = z
  .enum(["AtStart", "Watch"])
  .default("AtStart")
  .describe(
    "AtStart: a pod takes up packages when it starts; Watch: also while it runs, from the database, without a restart",
  );

export const watchResources = z.strictObject({
  cpu: quantityText.default("50m").describe("Added to the container's request and limit, if it has them"),
  memory: quantityText
    .default("256Mi")
    .describe("Added to the container's request and limit, if it has them"),
});

export const logging = z
  .enum(["Stderr", "Unchanged"])
  .default("Stderr")
  .describe("Stderr: OTOBO and its daemon log to the container's standard error");

export const probes = z
  .enum(["Add", "None"])
  .default("Add")
  .describe("Add: adds probes to containers that have none");

// The kind `otobo` of profile: an OTOBO on Kubernetes without a shared file system (facts/otobo.md). Its fields are
// understood and checked; the preset that carries them out is not part of this version (RC124 at apply).
import { z } from "zod";
import { dnsLabel, dnsName } from "./fields.ts";
import { dropOf } from "./leave.ts";
import { otoboS3 } from "./otoboS3.ts";
import { mode, namespaces, selectorLabelOf } from "./picking.ts";
import { placing } from "./placing.ts";
import { type NumberRange, numbers, rangeFault, rangeOf } from "./range.ts";

/** OTOBO prints a NodeID into three digits, and takes 0 for 1 (facts/otobo.md 1.2). */
const daemonNumber = z.number().int().min(1).max(999);

const port = z.number().int().min(1).max(65535);

const nodeId = z.strictObject({
  ...numbers,
  base: daemonNumber.default(1).describe("The number of ordinal 0, 1..999"),
  max: daemonNumber.default(999).describe("The largest number that is given out, 1..999"),
  pool: numbers.pool.describe(
    "Default: the database's host, port and name; its daemons must have numbers that differ",
  ),
});

const database = z.strictObject({
  kind: z.enum(["mysql", "mariadb", "postgresql"]).describe("What server it is"),
  host: dnsName.describe("Its DNS name"),
  port: port.optional().describe("Default 3306, for postgresql 5432"),
  name: z.string().min(1).default("otobo").describe("The database's name"),
  user: z.string().min(1).default("otobo").describe("Who logs in"),
  secret: dnsName.describe(
    "Secret of the workload's namespace with the user's password under the key password",
  ),
});

const home = z.strictObject({
  volume: dnsLabel.describe("The pod's volume that is mounted at /opt/otobo"),
  mode: z
    .enum(["ephemeral", "persistent"])
    .default("ephemeral")
    .describe(
      "ephemeral: filled anew at every start; persistent: kept, and brought up to the image's release",
    ),
});

const release = z.strictObject({
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
    home: home.describe("The tree /opt/otobo of a pod"),
    nodeId: nodeId.prefault({}).describe("The NodeID of a pod: base + ordinal"),
    daemonId: daemonNumber
      .optional()
      .describe(
        "For a web workload of its own: the number of a daemon that always runs; no numbers are given out",
      ),
    database: database.describe("The database of all pods"),
    redis: z
      .strictObject({ host: dnsName.describe("Its DNS name"), port: port.default(6379).describe("Its port") })
      .describe("The cache that all pods share"),
    s3: otoboS3.optional().describe("OTOBO's own S3 mode: Storage::S3"),
    release: release.prefault({}).describe("What is done once for each release and database"),
    articles: z.enum(["db", "s3", "fs"]).default("db").describe("Where articles are kept"),
    config: z
      .strictObject({ base: dnsName.describe("ConfigMap with a Kernel/Config.pm under the key Config.pm") })
      .optional()
      .describe("A Config.pm of your own to begin with instead of the image's"),
    loader: z
      .enum(["generate", "off"])
      .default("generate")
      .describe("CSS and JavaScript: made at start, or not at all"),
    userFiles: z
      .enum(["ignore", "preload"])
      .default("preload")
      .describe("Kernel/Config/Files/User/*.pm of S3: fetched before the start, or left out"),
    logging: z
      .enum(["stderr", "unchanged"])
      .default("stderr")
      .describe("stderr: OTOBO's log and the daemon's go to the container's log"),
    probes: z.enum(["add", "off"]).default("add").describe("add: probes where the containers have none"),
    drop: dropOf("managed"),
    ...placing,
    selectorLabel: selectorLabelOf("warn"),
  })
  .superRefine((profile, context) => {
    for (const [path, message] of faultsOf(profile)) context.addIssue({ code: "custom", path, message });
  });

type Written = Pick<OtoboProfile, "nodeId" | "s3" | "articles" | "home">;

function faultsOf({ nodeId: asked, s3, articles, home: { mode: kept } }: Written): [string[], string][] {
  const range = rangeFault(asked);
  const faults: [string[], string][] = range === null ? [] : [[["nodeId", ...range.path], range.message]];
  if (articles === "s3" && s3 === undefined) faults.push([["articles"], "articles in S3 need s3"]);
  if (articles === "fs" && kept === "ephemeral") {
    faults.push([
      ["articles"],
      "articles on an ephemeral home would be lost with the pod; home: {mode: persistent}",
    ]);
  }
  return faults;
}

export interface OtoboProfile extends z.infer<typeof otobo> {}

/** The numbers in the pool of the database; a web workload of its own has none. */
export function otoboRange({
  nodeId: asked,
  daemonId,
  database: { kind, host, port: at, name },
}: OtoboProfile): NumberRange {
  if (daemonId !== undefined) return { base: daemonId, max: daemonId, pool: null, size: 1 };
  const standard = kind === "postgresql" ? 5432 : 3306;
  return rangeOf({ ...asked, pool: asked.pool ?? `${host}:${at ?? standard}/${name}` });
}

// A profile and Secrets for the settings of an old installation. What it cannot have is said in sentences.
import { CONFIG_KEY, PASSWORD_KEY } from "../../contract/places.ts";

const ARTICLE_STORAGE = "Ticket::Article::Backend::MIMEBase::ArticleStorage";

export interface AdoptInput {
  name: string;
  namespace: string;
  settings: ReadonlyMap<string, string>;
  /** the rest of Config.pm; null: nobody has added anything */
  config: string | null;
}

export interface AdoptedInstallation {
  /** of kind RollcallProfile, without apiVersion and kind */
  profile: { metadata: { name: string }; spec: Record<string, unknown> };
  /** the data of Secrets by their names */
  secrets: Record<string, Record<string, string>>;
  /** sentences about what needs a look, without secret values */
  notes: string[];
}

export function buildAdopted({ name, namespace, settings, config }: AdoptInput): AdoptedInstallation {
  const notes: string[] = [];
  const secrets: AdoptedInstallation["secrets"] = {};
  const database = buildDatabase(settings, notes);
  const password = settings.get("DatabasePw");
  if (password === undefined)
    notes.push("Config.pm sets no DatabasePw as a literal: write it into the Secret otobo-database");
  secrets["otobo-database"] = { [PASSWORD_KEY]: password ?? "" };
  const redis = buildRedis(settings, notes);
  const s3 = buildS3(settings, notes, secrets);
  if (config !== null) secrets["otobo-config"] = { [CONFIG_KEY]: config };
  noteArticles(settings, notes);
  const nodeId = settings.get("NodeID");
  if (nodeId !== undefined && nodeId !== "1")
    notes.push(
      `NodeID was ${JSON.stringify(nodeId)}: the pods get 1 and up, so the old daemon must not run any more`,
    );
  const otobo = {
    home: { volume: "otobo", mode: "Ephemeral" },
    database,
    ...(redis === null ? {} : { redis }),
    ...(s3 === null ? {} : { s3 }),
    ...(config === null ? {} : { config: { secretName: "otobo-config" } }),
    scaleDown: { policy: "Managed", minReplicas: 1 },
  };
  return {
    profile: { metadata: { name }, spec: { type: "Otobo", namespaces: [namespace], otobo } },
    secrets,
    notes,
  };
}

function buildDatabase(settings: ReadonlyMap<string, string>, notes: string[]): Record<string, unknown> {
  const dsn = settings.get("DatabaseDSN") ?? "";
  const [, driver = "mysql", options = ""] = /^DBI:(\w+):(.*)$/i.exec(dsn) ?? [];
  const type = { mysql: "MySQL", mariadb: "MariaDB", pg: "PostgreSQL" }[driver.toLowerCase()];
  if (type === undefined)
    notes.push(
      `the driver ${driver} of DatabaseDSN is none of MySQL, MariaDB and PostgreSQL: move the data first`,
    );
  const parts = new Map(
    options.split(";").flatMap((part): [string, string][] => {
      const [key = "", ...value] = part.split("=");
      return key === "" ? [] : [[key.trim().toLowerCase(), value.join("=")]];
    }),
  );
  // the template's DSN repeats $Self->{DatabaseHost} and $Self->{Database}
  const literal = (...keys: string[]): string | undefined =>
    keys.map((key) => parts.get(key)).find((value) => value !== undefined && !value.includes("$"));
  const others = [...parts.keys()].filter((key) => !["database", "dbname", "host", "port"].includes(key));
  if (others.length > 0)
    notes.push(`DatabaseDSN also sets ${others.join(", ")}, for which a profile has no field: they are lost`);
  const host = literal("host") ?? settings.get("DatabaseHost") ?? "db";
  noteHost("database.host", host, notes);
  const port = Number(literal("port"));
  return {
    type: type ?? "MariaDB",
    host,
    ...(Number.isInteger(port) ? { port } : {}),
    name: literal("database", "dbname") ?? settings.get("Database") ?? "otobo",
    user: settings.get("DatabaseUser") ?? "otobo",
    passwordSecretName: "otobo-database",
  };
}

function buildRedis(settings: ReadonlyMap<string, string>, notes: string[]): Record<string, unknown> | null {
  const server = settings.get("Cache::Redis###Server");
  if (settings.get("Cache::Module") !== "Kernel::System::Cache::Redis" || server === undefined) {
    notes.push("there is no Redis: set redis in the profile for more than one pod");
    return null;
  }
  const [host = "", port = ""] = server.split(":");
  noteHost("redis.host", host, notes);
  return { host, ...(/^\d+$/.test(port) ? { port: Number(port) } : {}) };
}

function buildS3(
  settings: ReadonlyMap<string, string>,
  notes: string[],
  secrets: AdoptedInstallation["secrets"],
): Record<string, unknown> | null {
  const get = (key: string): string | undefined => settings.get(`Storage::S3::${key}`);
  if (get("Active") !== "1") {
    notes.push("there is no S3: set s3 in the profile for more than one pod");
    return null;
  }
  secrets["otobo-s3"] = {
    AWS_ACCESS_KEY_ID: get("AccessKey") ?? "",
    AWS_SECRET_ACCESS_KEY: get("SecretKey") ?? "",
  };
  const host = get("Host") ?? "";
  noteHost("s3.endpoint", host, notes);
  const fields = { region: get("Region"), bucket: get("Bucket"), homePrefix: get("HomePrefix") };
  return {
    endpoint: `${get("Scheme") ?? "https"}://${host}`,
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    credentialsSecretName: "otobo-s3",
    ...(get("DeleteMultipleObjectIsSupported") === "1" ? { deleteMultipleObjectIsSupported: true } : {}),
  };
}

function noteArticles(settings: ReadonlyMap<string, string>, notes: string[]): void {
  const storage = settings.get(ARTICLE_STORAGE)?.split("::").at(-1);
  if (storage === undefined || storage === "ArticleStorageDB") return;
  notes.push(
    `articles are in ${JSON.stringify(storage)}, but the profile keeps them in the database: run Admin::Article::StorageSwitch ` +
      "--target ArticleStorageDB on the old installation before the dump, or set articles in the profile",
  );
}

/** Names of docker-compose's network mean nothing in a cluster. */
function noteHost(field: string, host: string, notes: string[]): void {
  const name = host.split(":")[0] ?? "";
  if (name.includes(".") && !name.startsWith("127.")) return;
  notes.push(
    `${field} is ${JSON.stringify(host)}, a name of the old host: write the name that pods can reach`,
  );
}

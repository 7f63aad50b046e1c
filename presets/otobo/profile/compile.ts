// Compiles a profile of type Otobo: settings become env and files, and the bootstrap becomes plan steps
// (presets/otobo/contract; docs/research/otobo.md#s3-settings).

import { S3_KEYS } from "../../../init/contract/s3.ts";
import { parseSeconds } from "../../../webhook/profiles/fields.ts";
import { compileMarkers, LOCK_SECONDS } from "../../../webhook/profiles/markers.ts";
import type { PlacementSettings } from "../../../webhook/profiles/placing.ts";
import { type CompileContext, NUMBERS_ONLY } from "../../../webhook/profiles/preset.ts";
import type { FileMount, PresetSettings } from "../../../webhook/profiles/profile.ts";
import { compileScaleDown } from "../../../webhook/profiles/scaleDown.ts";
import { compileTemplate } from "../../../webhook/profiles/template.ts";
import type { InstallSettings } from "../contract/install.ts";
import { PACKAGES_ENV, PACKAGES_WATCHED } from "../contract/packages.ts";
import { CONFIG_KEY, OTOBO_MOUNTS, PASSWORD_KEY } from "../contract/places.ts";
import type { SettingName } from "../contract/settings.ts";
import { buildOtoboLeave, buildOtoboSteps, buildReleaseCommand } from "../contract/steps.ts";
import { OtoboPods } from "../webhook/otoboPods.ts";
import type { OtoboPod } from "./otoboPod.ts";
import { compileOtoboRange, type OtoboSpec, resolveDatabasePort } from "./schema.ts";

/** Less than the usual grace period of 60 s, and more than the 30 s that OTOBO gives its tasks. */
const STOP_SECONDS = 45;

/** Puts the daemon's container first: leave runs in the first one and must see the daemon's processes. */
function orderContainers({ containers, daemonContainer: daemon, daemonID }: OtoboSpec): string[] {
  if (daemonID !== undefined) return [...containers];
  return [daemon, ...containers.filter((name) => name !== daemon)];
}

export function compileOtobo(written: OtoboSpec, { name, placing }: CompileContext): PresetSettings {
  const { daemonID, daemonContainer: daemon, home, scaleDown, probes, articles } = written;
  const containers = orderContainers(written);
  const files = compileFiles(written);
  const drop = compileScaleDown(scaleDown);
  const otobo: OtoboPod = {
    home: home.volume,
    daemon: daemonID === undefined ? daemon : null,
    probes: probes === "Add",
    firstInstall: written.release.firstInstall === "Installer",
    s3: written.s3?.active === true,
    redis: written.redis !== undefined,
    articles: ARTICLE_STORES[articles],
    watch: written.packages === "Watch" ? written.watchResources : null,
    stopSeconds: STOP_SECONDS,
  };
  const env = Object.entries(compileSettings(written)).map(([variable, value]) => ({
    name: variable,
    value: [value],
  }));
  return {
    ...NUMBERS_ONLY,
    containers,
    nodeId: { env: "OTOBO_NODE_ID", value: "number", ...compileOtoboRange(written) },
    env,
    files,
    release: compileTemplate(written.releaseID),
    work: compileRunnerSpec(written, placing),
    drop,
    pods: new OtoboPods({ name, containers, drop, files, otobo }),
  };
}

function compileRunnerSpec(written: OtoboSpec, placing: PlacementSettings): PresetSettings["work"] {
  const { daemonID, release, home, markers, scaleDown } = written;
  const install = compileInstall(release);
  const all = buildOtoboSteps({
    waitSeconds: parseSeconds(written.waitTimeout),
    daemon: daemonID === undefined,
    migrate: release.migrate,
    upgradePackages: release.upgradePackages,
    loader: written.loader === "Generate",
    s3: written.s3?.active === true,
    userFiles: written.userFiles === "Preload",
    configBase: written.config !== undefined,
    install,
  });
  // each set has its own lock, so only the set with the daemons runs the steps that are done once for a database
  const steps = daemonID === undefined ? all : all.filter(({ scope }) => scope === "pod");
  return {
    steps,
    leave: daemonID === undefined ? buildOtoboLeave(parseSeconds(scaleDown.leave.timeout)) : null,
    markers: compileMarkers({ store: "Volume", volume: markers.volume ?? home.volume }),
    s3: null,
    ...(daemonID === undefined ? { releaseFrom: buildReleaseCommand({ install }) } : {}),
    lock: { store: "lease", seconds: LOCK_SECONDS },
    ...placing,
  };
}

function compileInstall({ install }: OtoboSpec["release"]): InstallSettings | null {
  if (install === undefined) return null;
  const { fqdn, httpType, systemID, adminEmail = null } = install;
  return { fqdn, httpType, systemID, adminEmail };
}

type OtoboSettings = Partial<
  Record<SettingName | typeof PACKAGES_ENV | "OTOBO_S3_CA" | "MOJO_CA_FILE", string>
>;

const ARTICLE_STORES = { Database: "db", S3: "s3", FileSystem: "fs" } as const;

const ARTICLES = {
  Database: "Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageDB",
  FileSystem: "Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageFS",
  S3: "Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageS3",
} as const;

function compileSettings(written: OtoboSpec): OtoboSettings {
  const { database, redis, articles, loader, logging } = written;
  return {
    OTOBO_DB_TYPE: database.type === "PostgreSQL" ? "postgresql" : "mysql",
    OTOBO_DB_HOST: database.host,
    OTOBO_DB_PORT: String(resolveDatabasePort(database)),
    OTOBO_DB_NAME: database.name,
    OTOBO_DB_USER: database.user,
    OTOBO_DB_PASSWORD_FILE: `${OTOBO_MOUNTS.database}/${PASSWORD_KEY}`,
    ...compileCacheSettings(redis),
    // other pods do not see a pod's local files (docs/research/otobo.md#s3-settings)
    OTOBO_SESSION_MODULE: "Kernel::System::AuthSession::DB",
    OTOBO_UPLOAD_CACHE_MODULE: "Kernel::System::Web::UploadCache::DB",
    OTOBO_ARTICLE_STORAGE: ARTICLES[articles],
    ...(loader === "None" ? { OTOBO_LOADER_CSS: "0", OTOBO_LOADER_JS: "0" } : {}),
    ...(logging === "Stderr"
      ? {
          OTOBO_LOG_MODULE: "Kernel::System::Log::File",
          OTOBO_LOG_FILE: "/dev/stderr",
          OTOBO_DAEMON_LOG_STDERR: "0",
        }
      : {}),
    ...(written.packages === "Watch" ? { [PACKAGES_ENV]: PACKAGES_WATCHED } : {}),
    ...compileS3Settings(written.s3),
  };
}

/** The module is set in any case: templates of Config.pm before 11.1 name a Redis, and that of 11.1 names none. */
function compileCacheSettings(redis: OtoboSpec["redis"]): OtoboSettings {
  if (redis === undefined) return { OTOBO_CACHE_MODULE: "Kernel::System::Cache::FileStorable" };
  return {
    OTOBO_REDIS_SERVER: `${redis.host}:${redis.port}`,
    OTOBO_CACHE_MODULE: "Kernel::System::Cache::Redis",
  };
}

function compileS3Settings(s3: OtoboSpec["s3"]): OtoboSettings {
  if (s3 === undefined) return {};
  const { protocol, host } = new URL(s3.endpoint);
  return {
    OTOBO_S3_ACTIVE: s3.active ? "1" : "0",
    OTOBO_S3_REGION: s3.region,
    OTOBO_S3_BUCKET: s3.bucket,
    OTOBO_S3_HOME_PREFIX: s3.homePrefix,
    OTOBO_S3_METADATA_PREFIX: s3.metadataPrefix,
    OTOBO_S3_DELIMITER: s3.delimiter,
    OTOBO_S3_SCHEME: protocol.replace(":", ""),
    OTOBO_S3_HOST: host,
    OTOBO_S3_DELETE_MULTIPLE: s3.deleteMultipleObjectIsSupported ? "1" : "0",
    OTOBO_S3_ACCESS_KEY_FILE: `${OTOBO_MOUNTS.s3}/${S3_KEYS.accessKeyId}`,
    OTOBO_S3_SECRET_KEY_FILE: `${OTOBO_MOUNTS.s3}/${S3_KEYS.secretAccessKey}`,
    ...(s3.caBundle === undefined
      ? {}
      : { OTOBO_S3_CA: s3.caBundle, MOJO_CA_FILE: "/opt/otobo/var/rollcall-s3-ca.pem" }),
  };
}

function compileFiles({ database, s3, config, release: { install } }: OtoboSpec): FileMount[] {
  const secret = (volume: string, mountPath: string, secretName: string): FileMount => ({
    volume,
    mountPath,
    source: { secret: { secretName } },
  });
  return [
    secret("rollcall-otobo-database", OTOBO_MOUNTS.database, database.passwordSecretName),
    ...(s3 === undefined ? [] : [secret("rollcall-otobo-s3", OTOBO_MOUNTS.s3, s3.credentialsSecretName)]),
    ...(config === undefined ? [] : [compileConfigMount(config)]),
    ...(install === undefined ? [] : [compileInstallMount(install)]),
  ];
}

/**
 * Optional, so that pods start after the Secret was deleted; the step that needs it says that it is missing. Only that step
 * reads it, so the web server and the daemon must not be able to.
 */
const compileInstallMount = ({
  rootPasswordSecretName,
}: NonNullable<OtoboSpec["release"]["install"]>): FileMount => ({
  volume: "rollcall-otobo-install",
  mountPath: OTOBO_MOUNTS.install,
  source: { secret: { secretName: rootPasswordSecretName, optional: true } },
  initOnly: true,
});

function compileConfigMount({ configMapName, secretName }: NonNullable<OtoboSpec["config"]>): FileMount {
  const items = [{ key: CONFIG_KEY, path: CONFIG_KEY }];
  return {
    volume: "rollcall-otobo-config",
    mountPath: OTOBO_MOUNTS.config,
    source:
      secretName === undefined
        ? { configMap: { name: configMapName, items } }
        : { secret: { secretName, items } },
  };
}

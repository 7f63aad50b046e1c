// A profile of kind otobo, compiled: its settings as env and files, its steps as those of an ordinary plan
// (init/contract/otobo; facts/otobo.md 1.8, 2.4, 6).
import { CONFIG_KEY, OTOBO_MOUNTS, PASSWORD_KEY } from "../../init/contract/otobo/places.ts";
import type { SettingName } from "../../init/contract/otobo/settings.ts";
import { otoboLeave, otoboReleaseFrom, otoboSteps } from "../../init/contract/otobo/steps.ts";
import { S3_KEYS } from "../../init/contract/s3.ts";
import { secondsOf } from "./fields.ts";
import { LOCK_SECONDS, markersOf } from "./markers.ts";
import { databasePort, type OtoboProfile, otoboRange } from "./otobo.ts";
import { placingOf } from "./placing.ts";
import type { FileMount, OfKind } from "./profile.ts";
import type { Template } from "./template.ts";

/** Below the usual grace period, and longer than the 30 s that OTOBO gives its tasks. */
const STOP_SECONDS = 45;

/** The daemon's container comes first: it leaves, and the runner must see the daemon's processes. */
export function otoboContainers({ containers, daemon, daemonId }: OtoboProfile): string[] {
  if (daemonId !== undefined) return [...containers];
  return [daemon, ...containers.filter((name) => name !== daemon)];
}

export function ofOtobo(written: OtoboProfile, release: Template): OfKind {
  const { daemonId, daemon, home, drop, probes, articles } = written;
  const env = Object.entries(settingsOf(written)).map(([name, value]) => ({ name, value: [value] }));
  return {
    nodeId: { env: "OTOBO_NODE_ID", ...otoboRange(written) },
    env,
    envFrom: [],
    s3: [],
    files: filesOf(written),
    release,
    work: workOf(written),
    drop,
    ozone: null,
    otobo: {
      home: home.volume,
      daemon: daemonId === undefined ? daemon : null,
      probes: probes === "add",
      firstInstall: written.release.firstInstall === "installer",
      s3: written.s3?.active === true,
      articles,
      stopSeconds: STOP_SECONDS,
    },
  };
}

function workOf(written: OtoboProfile): OfKind["work"] {
  const { daemonId, release, home, markers, leave } = written;
  const all = otoboSteps({
    waitSeconds: secondsOf(written.wait),
    daemon: daemonId === undefined,
    migrate: release.migrate,
    upgradePackages: release.upgradePackages,
    loader: written.loader === "generate",
    s3: written.s3?.active === true,
    userFiles: written.userFiles === "preload",
    configBase: written.config !== undefined,
  });
  // what is done once for a database is done by the set that has the daemons: each set has a lock of its own
  const steps = daemonId === undefined ? all : all.filter(({ scope }) => scope === "pod");
  return {
    steps,
    leave: daemonId === undefined ? otoboLeave(secondsOf(leave.timeout)) : null,
    markers: markersOf({ store: "pvc", volume: markers.volume ?? home.volume }),
    s3: null,
    ...(daemonId === undefined ? { releaseFrom: otoboReleaseFrom() } : {}),
    lock: { store: "lease", seconds: LOCK_SECONDS },
    ...placingOf(written),
  };
}

type Settings = Partial<Record<SettingName | "OTOBO_S3_CA" | "MOJO_CA_FILE", string>>;

const ARTICLES = {
  db: "Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageDB",
  fs: "Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageFS",
  s3: "Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageS3",
} as const;

function settingsOf(written: OtoboProfile): Settings {
  const { database, redis, articles, loader, logging } = written;
  return {
    OTOBO_DB_TYPE: database.kind === "postgresql" ? "postgresql" : "mysql",
    OTOBO_DB_HOST: database.host,
    OTOBO_DB_PORT: String(databasePort(database)),
    OTOBO_DB_NAME: database.name,
    OTOBO_DB_USER: database.user,
    OTOBO_DB_PASSWORD_FILE: `${OTOBO_MOUNTS.database}/${PASSWORD_KEY}`,
    OTOBO_REDIS_SERVER: `${redis.host}:${redis.port}`,
    OTOBO_CACHE_MODULE: "Kernel::System::Cache::Redis",
    // what lies in a pod's own files would be another pod's miss (facts/otobo.md 1.8)
    OTOBO_SESSION_MODULE: "Kernel::System::AuthSession::DB",
    OTOBO_UPLOAD_CACHE_MODULE: "Kernel::System::Web::UploadCache::DB",
    OTOBO_ARTICLE_STORAGE: ARTICLES[articles],
    ...(loader === "off" ? { OTOBO_LOADER_CSS: "0", OTOBO_LOADER_JS: "0" } : {}),
    ...(logging === "stderr"
      ? {
          OTOBO_LOG_MODULE: "Kernel::System::Log::File",
          OTOBO_LOG_FILE: "/dev/stderr",
          OTOBO_DAEMON_LOG_STDERR: "0",
        }
      : {}),
    ...s3SettingsOf(written.s3),
  };
}

function s3SettingsOf(s3: OtoboProfile["s3"]): Settings {
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
    ...(s3.ca === undefined ? {} : { OTOBO_S3_CA: s3.ca, MOJO_CA_FILE: "/opt/otobo/var/rollcall-s3-ca.pem" }),
  };
}

function filesOf({ database, s3, config }: OtoboProfile): FileMount[] {
  const secret = (volume: string, mountPath: string, secretName: string): FileMount => ({
    volume,
    mountPath,
    source: { secret: { secretName } },
  });
  return [
    secret("rollcall-otobo-database", OTOBO_MOUNTS.database, database.secret),
    ...(s3 === undefined ? [] : [secret("rollcall-otobo-s3", OTOBO_MOUNTS.s3, s3.credentialsSecret)]),
    ...(config === undefined
      ? []
      : [
          {
            volume: "rollcall-otobo-config",
            mountPath: OTOBO_MOUNTS.config,
            source: {
              configMap: { name: config.base, items: [{ key: CONFIG_KEY, path: CONFIG_KEY }] },
            },
          },
        ]),
  ];
}

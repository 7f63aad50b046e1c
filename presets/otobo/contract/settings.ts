// OTOBO's settings from a profile: environment variables in every OTOBO container, read by the managed block in
// Kernel/Config.pm (docs/research/otobo.md#the-only-complete-route). The webhook sets the variables from this table,
// the runner writes the block from it, and a test compares its keys with the documentation.

/** Variables whose value becomes a setting unchanged. */
export const PLAIN_SETTINGS = {
  OTOBO_NODE_ID: "NodeID",
  OTOBO_DB_HOST: "DatabaseHost",
  OTOBO_DB_NAME: "Database",
  OTOBO_DB_USER: "DatabaseUser",
  OTOBO_S3_ACTIVE: "Storage::S3::Active",
  OTOBO_S3_REGION: "Storage::S3::Region",
  OTOBO_S3_BUCKET: "Storage::S3::Bucket",
  OTOBO_S3_HOME_PREFIX: "Storage::S3::HomePrefix",
  OTOBO_S3_METADATA_PREFIX: "Storage::S3::MetadataPrefix",
  OTOBO_S3_DELIMITER: "Storage::S3::Delimiter",
  OTOBO_S3_SCHEME: "Storage::S3::Scheme",
  OTOBO_S3_HOST: "Storage::S3::Host",
  OTOBO_S3_DELETE_MULTIPLE: "Storage::S3::DeleteMultipleObjectIsSupported",
  OTOBO_ARTICLE_STORAGE: "Ticket::Article::Backend::MIMEBase::ArticleStorage",
  OTOBO_LOADER_CSS: "Loader::Enabled::CSS",
  OTOBO_LOADER_JS: "Loader::Enabled::JS",
  OTOBO_LOG_MODULE: "LogModule",
  OTOBO_LOG_FILE: "LogModule::LogFile",
  OTOBO_DAEMON_LOG_STDERR: "Daemon::Log::STDERR",
  OTOBO_CACHE_MODULE: "Cache::Module",
  OTOBO_SESSION_MODULE: "SessionModule",
  OTOBO_UPLOAD_CACHE_MODULE: "WebUploadCacheModule",
} as const;

/** Variables with the path of a file whose contents become a setting. */
export const FILE_SETTINGS = {
  OTOBO_DB_PASSWORD_FILE: "DatabasePw",
  OTOBO_S3_ACCESS_KEY_FILE: "Storage::S3::AccessKey",
  OTOBO_S3_SECRET_KEY_FILE: "Storage::S3::SecretKey",
} as const;

/** Variables from which the block builds a setting: DSN and Redis server. */
export const MADE_SETTINGS = {
  /** mysql or postgresql; with host, port and name: the DSN */
  OTOBO_DB_TYPE: "DatabaseDSN",
  OTOBO_DB_PORT: "DatabaseDSN",
  /** host:port */
  OTOBO_REDIS_SERVER: "Cache::Redis",
} as const;

/**
 * Set by the runner for its child processes, so that they write no package event
 * (docs/research/otobo.md#package-event).
 */
export const SUPPRESS_EVENTS_ENV = "OTOBO_INIT";

/** Set only for ordinal 0, if the profile allows the installer: then an empty database is no error. */
export const FIRST_INSTALL_ENV = "OTOBO_FIRST_INSTALL";

export type PlainSetting = keyof typeof PLAIN_SETTINGS;
export type SettingName = PlainSetting | keyof typeof FILE_SETTINGS | keyof typeof MADE_SETTINGS;

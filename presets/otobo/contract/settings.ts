// OTOBO's settings that a profile gives: env variables in every container of OTOBO, read by the managed block in
// Kernel/Config.pm (docs/research/otobo.md#the-only-complete-route). One table: the webhook writes the variables, the
// runner writes the block from it, and a test compares its keys with the documentation.

/** Variables whose value becomes a setting as it stands. */
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

/** Variables that name a file whose text becomes a setting. */
export const FILE_SETTINGS = {
  OTOBO_DB_PASSWORD_FILE: "DatabasePw",
  OTOBO_S3_ACCESS_KEY_FILE: "Storage::S3::AccessKey",
  OTOBO_S3_SECRET_KEY_FILE: "Storage::S3::SecretKey",
} as const;

/** Variables that the block makes more of: DSN, Redis server, and what is left out. */
export const MADE_SETTINGS = {
  /** mysql or postgresql; with host, port and name: the DSN */
  OTOBO_DB_TYPE: "DatabaseDSN",
  OTOBO_DB_PORT: "DatabaseDSN",
  /** host:port */
  OTOBO_REDIS_SERVER: "Cache::Redis",
} as const;

/** The runner's own, for what it starts: no package event is written (docs/research/otobo.md#package-event). */
export const SUPPRESS_EVENTS_ENV = "OTOBO_INIT";

/** Set for ordinal 0 alone where a profile allows the installer: an empty database is no fault there. */
export const FIRST_INSTALL_ENV = "OTOBO_FIRST_INSTALL";

export type PlainSetting = keyof typeof PLAIN_SETTINGS;
export type SettingName = PlainSetting | keyof typeof FILE_SETTINGS | keyof typeof MADE_SETTINGS;

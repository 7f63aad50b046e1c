// Fixed paths of OTOBO in its image and in a pod (docs/research/otobo.md#image-and-entrypoint), and of the files that
// the webhook mounts.

/** The tree that OTOBO runs from: a volume. */
export const OTOBO_HOME = "/opt/otobo";

/** The tree in the image. */
export const OTOBO_NEXT = "/opt/otobo_install/otobo_next";

/** OTOBO's user in the image (docs/research/otobo.md#probes-and-users). */
export const OTOBO_UID = 1000;

const MOUNT = "/rollcall-otobo";

/**
 * Secrets are mounted as files, because OTOBO's support data collector shows the whole environment
 * (docs/research/otobo.md#the-managed-block).
 */
export const OTOBO_MOUNTS = {
  database: `${MOUNT}/database`,
  s3: `${MOUNT}/s3`,
  config: `${MOUNT}/config`,
  install: `${MOUNT}/install`,
} as const;

/** The key in the Secrets of the database and of the first installation, and the name of the mounted files. */
export const PASSWORD_KEY = "password";

/** The key of Kernel/Config.pm in its ConfigMap, and the name of its mounted file. */
export const CONFIG_KEY = "Config.pm";

/** The flag without which the image's entrypoint starts no daemon (docs/research/otobo.md#image-and-entrypoint). */
export const FINISHED_FLAG = ".copy_otobo_next_finished";

// The names that Rollcall adds to pods, and the one label that opts in.
export const PROFILE_LABEL = "rollcall.dev/profile";
export const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

export const INSTALL_CONTAINER = "rollcall-install";
export const INIT_CONTAINER = "rollcall-init";
/** The emptyDir that holds the runner. */
export const RUNNER_VOLUME = "rollcall";

/** Where the API server mounts a service account's token. */
export const TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

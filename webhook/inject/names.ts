// The names that Rollcall adds to pods, and the one label that opts in.
export const PROFILE_LABEL = "rollcall.dev/profile";
export const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

export const INSTALL_CONTAINER = "rollcall-install";
export const INIT_CONTAINER = "rollcall-init";
/** The emptyDir that holds the runner. */
export const RUNNER_VOLUME = "rollcall";
/** Our own token of the pod's account, where the application mounts none. */
export const TOKEN_VOLUME = "rollcall-token";
/** The Secret with the keys for S3, where the application does not get them. */
export const S3_VOLUME = "rollcall-s3";

/** The controller's own: which revision of the StatefulSet a pod was made of. */
export const REVISION_LABEL = "controller-revision-hash";

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

/** The cluster autoscaler's: the volumes of a pod that may go with its node. */
export const EVICTABLE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
/** What the LimitRanger plugin says it has set, e.g. "ephemeral-storage limit for container app". */
export const LIMIT_RANGER = "kubernetes.io/limit-ranger";

/** The controller's own: which revision of the StatefulSet a pod was made of. */
export const REVISION_LABEL = "controller-revision-hash";

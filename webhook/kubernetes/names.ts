// The names that Rollcall adds to pods, the label by which a workload opts in, and names of Kubernetes.
export const PROFILE_LABEL = "rollcall.dev/profile";
export const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

export const INSTALL_CONTAINER = "rollcall-install";
export const INIT_CONTAINER = "rollcall-init";
/** The emptyDir that holds the runner. */
export const RUNNER_VOLUME = "rollcall";
/** A token of the pod's service account, if the application mounts none. */
export const TOKEN_VOLUME = "rollcall-token";
/** The Secret with the S3 credentials, if the application does not get them. */
export const S3_VOLUME = "rollcall-s3";

/** Annotation for the cluster autoscaler: local volumes that do not keep it from removing the node. */
export const EVICTABLE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
/** Annotation in which the LimitRanger plugin lists the defaults it has set, e.g. "ephemeral-storage limit for container app". */
export const LIMIT_RANGER = "kubernetes.io/limit-ranger";

/** Label in which the controller names the revision of the StatefulSet that a pod was created from. */
export const REVISION_LABEL = "controller-revision-hash";

// Fixed paths and variable names inside a pod, and how the runner is started there. The webhook writes them into pods;
// the runner finds its files and volumes by them.

/** Where the runner's emptyDir is mounted, in Rollcall's containers and in the first application container. */
export const RUNNER_MOUNT = "/rollcall";

/**
 * Where rollcall-install mounts the runner's emptyDir. Not RUNNER_MOUNT, because the init image has the launcher at
 * that path: an image volume shows the image's root at RUNNER_MOUNT.
 */
export const INSTALL_MOUNT = "/runner";

/** Where the marker volume's root is mounted, whatever subPath the application uses of the same volume. */
export const MARKER_MOUNT = "/rollcall-marker";

/** Where Rollcall's projected token (token, ca.crt) is mounted if the application has none. */
export const TOKEN_MOUNT = "/rollcall-token";

/** Where the Secret with the S3 keys is mounted unless the application gets them as variables. */
export const S3_MOUNT = "/rollcall-s3";

/** Where the kubelet puts a pod's own token. */
export const POD_TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The env variable that carries the plan as JSON. */
export const PLAN_ENV = "ROLLCALL_PLAN";

/** The env variables that the kubelet fills in from the pod's metadata, by the field's name there. */
export const POD_ENV = {
  uid: "ROLLCALL_POD_UID",
  name: "ROLLCALL_POD_NAME",
  namespace: "ROLLCALL_POD_NAMESPACE",
} as const;

/** The env variable that carries the pod's uid: no uid exists yet when a pod is admitted. */
export const POD_UID_ENV = POD_ENV.uid;

/** Rollcall's own variables. The runner's child processes never get them. */
export const OWN_ENV: readonly string[] = [PLAN_ENV, ...Object.values(POD_ENV)];

/** The default terminationMessagePath of a container. */
export const TERMINATION_LOG = "/dev/termination-log";

/**
 * What a runner folder holds: in the init image at its root, in a pod at RUNNER_MOUNT
 * (docs/research/runner.md#nodejs-in-any-image).
 */
export const RUNNER_FILES = {
  launcher: "rollcall",
  node: "node",
  libraries: "lib",
  loader: "lib/ld.so",
  program: "rollcall.cjs",
  /** the modules of `program`, as separate files, of which a start reads only a few (build/bundle.ts) */
  modules: "modules",
} as const;

/**
 * The argv that starts the runner with its launcher, from a folder of RUNNER_FILES.
 * @param folder absolute path of the folder; "" for the root of the init image
 */
export function buildRunnerCommand(folder: string, ...words: readonly string[]): string[] {
  return [`${folder}/${RUNNER_FILES.launcher}`, ...words];
}

/**
 * The argv that starts Node.js with the bundled dynamic loader, so it works with any libc of the image.
 * @param folder absolute path of a folder of RUNNER_FILES; "" for the root of an image
 */
export function buildNodeCommand(folder: string, ...words: readonly string[]): string[] {
  const { loader, libraries, node } = RUNNER_FILES;
  return [`${folder}/${loader}`, "--library-path", `${folder}/${libraries}`, `${folder}/${node}`, ...words];
}

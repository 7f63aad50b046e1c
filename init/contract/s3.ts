// Where a plan's objects lie in S3 and with whose keys they are reached. Never a key itself: only where the pod finds
// them.
import {
  absolutePath,
  closed,
  flag,
  nonEmptyText,
  oneOf,
  optional,
  type TypeOf,
  text,
  variants,
  webAddress,
} from "./shape.ts";

/** Where the keys come from. */
export const s3Credentials = variants("from", {
  /** env variables of these names in the pod */
  env: closed({
    from: oneOf("env"),
    accessKeyId: nonEmptyText(),
    secretAccessKey: nonEmptyText(),
    sessionToken: nonEmptyText(),
  }),
  /** a mounted Secret: a file for each of S3_KEYS; a changed Secret is seen without a restart */
  files: closed({ from: oneOf("files"), folder: absolutePath() }),
  /** the SDK's own chain: web identity (IRSA), pod identity, instance metadata */
  default: closed({ from: oneOf("default") }),
});

/** The keys of a Secret for S3; the session token may be missing. */
export const S3_KEYS = {
  accessKeyId: "AWS_ACCESS_KEY_ID",
  secretAccessKey: "AWS_SECRET_ACCESS_KEY",
  sessionToken: "AWS_SESSION_TOKEN",
} as const;

export const s3Place = closed({
  endpoint: webAddress(),
  region: nonEmptyText(),
  bucket: nonEmptyText(),
  /** "" or a folder without slashes at its ends */
  prefix: text(),
  /** bucket in the path instead of the host name, as most servers other than AWS want it */
  pathStyle: flag(),
  /**
   * when-required: no checksum headers that servers other than AWS may not know
   * (docs/research/runner.md#s3-conditional-writes)
   */
  checksum: oneOf("when-required", "when-supported"),
  /** PEM of a private CA that signs the endpoint's certificate */
  ca: optional(text()),
  credentials: s3Credentials,
});

export type S3Place = TypeOf<typeof s3Place>;

interface WorkloadPod {
  namespace: string;
  workload: string;
  pod: string;
}

/** Where a StatefulSet's objects lie: PREFIX/NAMESPACE/STATEFULSET. */
function buildFolder(prefix: string, { namespace, workload }: WorkloadPod): string {
  return [prefix.replace(/^\/+|\/+$/g, ""), namespace, workload].filter((part) => part !== "").join("/");
}

/** The keys of a StatefulSet's objects. Pods are called WORKLOAD-N, so no pod's marker meets the other names. */
export function buildObjectKeys(
  prefix: string,
  identity: WorkloadPod,
): { marker: string; record: string; lock: string; trial: string } {
  const folder = buildFolder(prefix, identity);
  return {
    marker: `${folder}/${identity.pod}.json`,
    record: `${folder}/record.json`,
    lock: `${folder}/lock.json`,
    trial: `${folder}/trial`,
  };
}

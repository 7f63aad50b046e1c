// Where a plan's objects are in S3, and where the pod finds the keys. A plan never contains a key.
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
  /** environment variables of these names in the pod */
  env: closed({
    from: oneOf("env"),
    accessKeyId: nonEmptyText(),
    secretAccessKey: nonEmptyText(),
    sessionToken: nonEmptyText(),
  }),
  /** a mounted Secret with a file for each of S3_KEYS; a changed Secret takes effect without a restart */
  files: closed({ from: oneOf("files"), folder: absolutePath() }),
  /** the SDK's credential provider chain: web identity (IRSA), pod identity, instance metadata */
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
  /** "" or a folder without leading or trailing slashes */
  prefix: text(),
  /** the bucket is in the path instead of the host name, as most servers other than AWS require */
  pathStyle: flag(),
  /**
   * when-required omits checksum headers, which some servers other than AWS reject
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

/** The folder of a StatefulSet's objects: PREFIX/NAMESPACE/STATEFULSET. */
function buildFolder(prefix: string, { namespace, workload }: WorkloadPod): string {
  return [prefix.replace(/^\/+|\/+$/g, ""), namespace, workload].filter((part) => part !== "").join("/");
}

/** The keys of a StatefulSet's objects. Pods are named WORKLOAD-N, so a marker never collides with the other names. */
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

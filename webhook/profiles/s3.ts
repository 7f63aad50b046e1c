// S3 settings of a profile as env variables (DESIGN: contracts, S3). Keys come by secretKeyRef only: a literal
// would stand in the patch, and patches stand in audit logs.
import type { GenericProfile } from "./generic.ts";

export type S3Variable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: { readonly secretKeyRef: SecretKey } };

interface SecretKey {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

const SETTINGS = {
  endpoint: "ROLLCALL_S3_ENDPOINT",
  region: "ROLLCALL_S3_REGION",
  bucket: "ROLLCALL_S3_BUCKET",
  prefix: "ROLLCALL_S3_PREFIX",
} as const;

const KEYS = {
  accessKeyId: { env: "ROLLCALL_S3_ACCESS_KEY_ID", key: "AWS_ACCESS_KEY_ID", optional: false },
  secretAccessKey: { env: "ROLLCALL_S3_SECRET_ACCESS_KEY", key: "AWS_SECRET_ACCESS_KEY", optional: false },
  sessionToken: { env: "ROLLCALL_S3_SESSION_TOKEN", key: "AWS_SESSION_TOKEN", optional: true },
} as const;

/** The variables in a fixed order; without credentialsSecret the application's own identity is used. */
export function s3Variables(s3: NonNullable<GenericProfile["s3"]>): S3Variable[] {
  const settings = (["endpoint", "region", "bucket", "prefix"] as const).map((field) => ({
    name: s3.env[field] ?? SETTINGS[field],
    value: s3[field],
  }));
  const { credentialsSecret: secret } = s3;
  if (secret === undefined) return settings;
  const keys = (["accessKeyId", "secretAccessKey", "sessionToken"] as const).map((field) => {
    const { env, key, optional } = KEYS[field];
    const secretKeyRef = { name: secret, key, ...(optional ? { optional } : {}) };
    return { name: s3.env[field] ?? env, valueFrom: { secretKeyRef } };
  });
  return [...settings, ...keys];
}

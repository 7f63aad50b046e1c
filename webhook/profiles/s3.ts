// S3 settings of a profile as env variables (DESIGN: contracts, S3). Keys come by secretKeyRef only: a literal
// would stand in the patch, and patches stand in audit logs.
import { z } from "zod";
import { dnsName, envName } from "./fields.ts";

const s3Names = [
  "endpoint",
  "region",
  "bucket",
  "prefix",
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
] as const;

export const s3 = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" }),
  region: z.string().min(1).default("us-east-1"),
  bucket: z.string().min(3),
  prefix: z.string().default(""),
  credentialsSecret: dnsName
    .optional()
    .describe(
      "Secret of the workload's namespace with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
    ),
  for: z
    .array(z.literal("app"))
    .min(1)
    .default(["app"])
    .describe("app: the named containers get the settings as env"),
  env: z
    .partialRecord(z.enum(s3Names), envName)
    .default({})
    .describe("Names for the variables instead of ROLLCALL_S3_ENDPOINT and so on"),
});

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
export function s3Variables(settings: z.infer<typeof s3>): S3Variable[] {
  const plain = (["endpoint", "region", "bucket", "prefix"] as const).map((field) => ({
    name: settings.env[field] ?? SETTINGS[field],
    value: settings[field],
  }));
  const { credentialsSecret: secret } = settings;
  if (secret === undefined) return plain;
  const keys = (["accessKeyId", "secretAccessKey", "sessionToken"] as const).map((field) => {
    const { env, key, optional } = KEYS[field];
    const secretKeyRef = { name: secret, key, ...(optional ? { optional } : {}) };
    return { name: settings.env[field] ?? env, valueFrom: { secretKeyRef } };
  });
  return [...plain, ...keys];
}

// The S3 settings of a profile, and those that the runner needs. Keys are always references to a Secret: a literal would
// be part of the patch, and patches are written to audit logs.
import * as z from "zod";
import type { S3Place } from "../../init/contract/s3.ts";
import { PEM_CERTIFICATES } from "./certificates.ts";
import { dnsName, envName, SET } from "./fields.ts";
import { resolveS3KeyNames, S3_DEFAULT_NAMES, S3_NAMES, type S3Name } from "./s3Env.ts";

export const endpoint = z
  .url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" })
  .max(2048)
  .refine(
    (text) => !/^https?:\/\/[^/]*@/i.test(text),
    "a URL without user and password: set keys by credentialsSecretName",
  )
  .describe("The server's URL: http:// or https://, host and port");

export const caBundle = z
  .string()
  .max(256 * 1024)
  .regex(PEM_CERTIFICATES, "one or more certificates in PEM format")
  .describe("The private CA that signs the endpoint's certificate, in PEM format");

export const credentialsSecretName = dnsName.describe(
  "A Secret in the workload's namespace with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, optionally, AWS_SESSION_TOKEN",
);

const user = z.enum(["Application", "Runner"]);

/** One optional field for each variable. */
const envNames = Object.fromEntries(
  S3_NAMES.map((name) => [name, envName.optional().describe(`Default: ${S3_DEFAULT_NAMES[name]}`)]),
) as Record<S3Name, z.ZodOptional<typeof envName>>;

export const s3 = z.strictObject({
  endpoint,
  region: z.string().min(1).max(64).default("us-east-1").describe("The region for request signatures"),
  bucket: z.string().min(3).max(255).describe("An existing bucket"),
  prefix: z
    .string()
    .max(1024)
    .overwrite((text) => text.replace(/^\/+|\/+$/g, ""))
    .default("")
    .describe("A key prefix in the bucket; leading and trailing slashes are removed"),
  credentialsSecretName: credentialsSecretName.optional(),
  usedBy: z
    .array(user)
    .min(1)
    .refine((users) => new Set(users).size === users.length, "Application and Runner, each at most once")
    .default(["Application"])
    .meta(SET)
    .describe(
      "Application: its containers get the settings as env; Runner: it keeps markers, locks and a copy of the record there",
    ),
  pathStyle: z
    .boolean()
    .default(true)
    .describe("The bucket is part of the path, not of the host name; most servers other than AWS need this"),
  checksum: z
    .enum(["WhenRequired", "WhenSupported"])
    .default("WhenRequired")
    .describe("WhenSupported: send checksums that servers other than AWS may not support"),
  caBundle: caBundle.optional(),
  envNames: z.strictObject(envNames).default({}).describe("Other names for the variables"),
});

export type S3Settings = z.infer<typeof s3>;

/** How the runner connects to S3. */
export interface RunnerS3 {
  /** without credentials, which depend on the pod */
  readonly place: Omit<S3Place, "credentials">;
  /**
   * env: the application's variables of these names; secret: a Secret to mount, since the application has no keys;
   * default: the identity that the platform gives the pod
   */
  readonly keys:
    | Exclude<S3Place["credentials"], { from: "files" }>
    | { readonly from: "secret"; readonly secret: string };
}

const CHECKSUMS = { WhenRequired: "when-required", WhenSupported: "when-supported" } as const;

/** @returns null: the runner does not use S3 */
export function compileRunnerS3(settings: S3Settings | undefined): RunnerS3 | null {
  if (settings === undefined || !settings.usedBy.includes("Runner")) return null;
  const { endpoint: url, region, bucket, prefix, pathStyle, checksum, caBundle: ca } = settings;
  const place = { endpoint: url, region, bucket, prefix, pathStyle, checksum: CHECKSUMS[checksum] };
  return {
    place: ca === undefined ? place : { ...place, ca },
    keys: compileS3Keys(settings),
  };
}

function compileS3Keys(settings: S3Settings): RunnerS3["keys"] {
  const { credentialsSecretName: secret } = settings;
  if (secret === undefined) return { from: "default" };
  return settings.usedBy.includes("Application")
    ? { from: "env", ...resolveS3KeyNames(settings.envNames) }
    : { from: "secret", secret };
}

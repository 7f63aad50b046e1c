// S3 settings of a profile, and what the runner needs of them. Never a key: those come by reference, since a literal
// would stand in the patch, and patches stand in audit logs.
import * as z from "zod";
import type { S3Place } from "../../init/contract/s3.ts";
import { dnsName, envName, SET } from "./fields.ts";
import { resolveS3KeyNames, S3_DEFAULT_NAMES, S3_NAMES, type S3Name } from "./s3Env.ts";

export const endpoint = z
  .url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" })
  .max(2048)
  .refine(
    (text) => !/^https?:\/\/[^/]*@/i.test(text),
    "a URL without user and password: keys come from credentialsSecretName",
  )
  .describe("http:// or https://, host and port");

export const caBundle = z
  .string()
  .max(256 * 1024)
  .regex(
    /^\s*(-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/,
    "PEM text: -----BEGIN CERTIFICATE----- and so on",
  )
  .describe("The private CA that signs the endpoint's certificate, as PEM text");

export const credentialsSecretName = dnsName.describe(
  "Secret of the workload's namespace with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
);

const user = z.enum(["Application", "Runner"]);

/** One optional field for each variable. */
const envNames = Object.fromEntries(
  S3_NAMES.map((name) => [name, envName.optional().describe(`Instead of ${S3_DEFAULT_NAMES[name]}`)]),
) as Record<S3Name, z.ZodOptional<typeof envName>>;

export const s3 = z.strictObject({
  endpoint,
  region: z.string().min(1).max(64).default("us-east-1").describe("Region that requests are signed for"),
  bucket: z.string().min(3).max(255).describe("A bucket that exists"),
  prefix: z
    .string()
    .max(1024)
    .overwrite((text) => text.replace(/^\/+|\/+$/g, ""))
    .default("")
    .describe("Folder in the bucket; slashes at its ends are left out"),
  credentialsSecretName: credentialsSecretName.optional(),
  usedBy: z
    .array(user)
    .min(1)
    .refine((users) => new Set(users).size === users.length, "Application and Runner, each at most once")
    .default(["Application"])
    .meta(SET)
    .describe(
      "Application: the named containers get the settings as env; Runner: it keeps markers, locks and a copy of the record there",
    ),
  pathStyle: z
    .boolean()
    .default(true)
    .describe("The bucket in the path instead of the host name, as most servers other than AWS want it"),
  checksum: z
    .enum(["WhenRequired", "WhenSupported"])
    .default("WhenRequired")
    .describe("WhenSupported: send checksums that servers other than AWS may not know"),
  caBundle: caBundle.optional(),
  envNames: z
    .strictObject(envNames)
    .default({})
    .describe("Names of the variables, where they are not ROLLCALL_S3_ENDPOINT and so on"),
});

export type S3Settings = z.infer<typeof s3>;

/** How the runner reaches S3. */
export interface S3Reach {
  /** without the folder of mounted keys: that is the pod's */
  readonly place: Omit<S3Place, "credentials">;
  /**
   * env: the application's variables of these names; secret: a Secret to mount, since the application does not get
   * its keys; default: what the platform gives the pod
   */
  readonly keys:
    | Exclude<S3Place["credentials"], { from: "files" }>
    | { readonly from: "secret"; readonly secret: string };
}

const CHECKSUMS = { WhenRequired: "when-required", WhenSupported: "when-supported" } as const;

/** What the runner needs, or null where S3 is the application's alone. */
export function compileS3Reach(settings: S3Settings | undefined): S3Reach | null {
  if (settings === undefined || !settings.usedBy.includes("Runner")) return null;
  const { endpoint: url, region, bucket, prefix, pathStyle, checksum, caBundle: authority } = settings;
  const place = { endpoint: url, region, bucket, prefix, pathStyle, checksum: CHECKSUMS[checksum] };
  return {
    place: authority === undefined ? place : { ...place, ca: authority },
    keys: compileS3Keys(settings),
  };
}

function compileS3Keys(settings: S3Settings): S3Reach["keys"] {
  const { credentialsSecretName: secret } = settings;
  if (secret === undefined) return { from: "default" };
  return settings.usedBy.includes("Application")
    ? { from: "env", ...resolveS3KeyNames(settings.envNames) }
    : { from: "secret", secret };
}

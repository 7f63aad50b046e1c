// The S3 settings of OTOBO: all eleven keys Storage::S3::* (docs/research/otobo.md#s3-settings). The URL `endpoint` sets
// both Scheme and Host.
import * as z from "zod";
import { caBundle, credentialsSecretName, endpoint } from "../../../webhook/profiles/s3.ts";

export const otoboS3 = z.strictObject({
  active: z.boolean().default(true).describe("Storage::S3::Active"),
  endpoint: endpoint
    .refine(
      (text) => !URL.canParse(text) || /^\/?$/.test(new URL(text).pathname + new URL(text).search),
      "a URL without a path: OTOBO supports only scheme, host and port",
    )
    .describe("Storage::S3::Scheme and Host: http:// or https://, host and port"),
  region: z.string().min(1).max(64).default("us-east-1").describe("Storage::S3::Region"),
  bucket: z.string().min(3).max(255).describe("Storage::S3::Bucket; it must exist, OTOBO does not create it"),
  homePrefix: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[^/]([\s\S]*[^/])?$/, "without slashes at its ends")
    .default("OTOBO")
    .describe("Storage::S3::HomePrefix, the key prefix of files from /opt/otobo"),
  credentialsSecretName: credentialsSecretName.describe(
    "Storage::S3::AccessKey and SecretKey: a Secret in the workload's namespace with AWS_ACCESS_KEY_ID and " +
      "AWS_SECRET_ACCESS_KEY; OTOBO does not support session tokens",
  ),
  metadataPrefix: z.string().min(1).max(64).default("x-amz-meta-").describe("Storage::S3::MetadataPrefix"),
  delimiter: z
    .enum(["/"], "must be '/': OTOBO supports no other delimiter")
    .default("/")
    .describe("Storage::S3::Delimiter; OTOBO supports no other value"),
  deleteMultipleObjectIsSupported: z
    .boolean()
    .default(false)
    .describe("Storage::S3::DeleteMultipleObjectIsSupported; true for AWS, false works with every server"),
  caBundle: caBundle.optional(),
});

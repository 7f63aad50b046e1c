// The S3 settings of a profile as env variables of the application. Keys are always secretKeyRefs.
import { S3_KEYS } from "../../init/contract/s3.ts";

const SETTINGS = {
  endpoint: "ROLLCALL_S3_ENDPOINT",
  region: "ROLLCALL_S3_REGION",
  bucket: "ROLLCALL_S3_BUCKET",
  prefix: "ROLLCALL_S3_PREFIX",
} as const;

const KEYS = {
  accessKeyId: "ROLLCALL_S3_ACCESS_KEY_ID",
  secretAccessKey: "ROLLCALL_S3_SECRET_ACCESS_KEY",
  sessionToken: "ROLLCALL_S3_SESSION_TOKEN",
} as const;

export const S3_NAMES = [
  "endpoint",
  "region",
  "bucket",
  "prefix",
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
] as const;

export type S3Variable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: { readonly secretKeyRef: SecretKey } };

interface SecretKey {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

export type S3Name = (typeof S3_NAMES)[number];

export const S3_DEFAULT_NAMES: Readonly<Record<S3Name, string>> = { ...SETTINGS, ...KEYS };

type S3Names = Readonly<Partial<Record<S3Name, string | undefined>>>;

/** The part of a profile's S3 settings that the application gets. */
export interface ApplicationS3 {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly credentialsSecretName?: string | undefined;
  readonly usedBy: readonly string[];
  readonly envNames: S3Names;
}

/** Names of the variables that hold the keys. */
export function resolveS3KeyNames(env: S3Names): Record<keyof typeof KEYS, string> {
  return {
    accessKeyId: env.accessKeyId ?? KEYS.accessKeyId,
    secretAccessKey: env.secretAccessKey ?? KEYS.secretAccessKey,
    sessionToken: env.sessionToken ?? KEYS.sessionToken,
  };
}

/** The variables in a fixed order. Without credentialsSecretName the application uses its own identity. */
export function listS3Variables(settings: ApplicationS3 | undefined): S3Variable[] {
  if (settings === undefined || !settings.usedBy.includes("Application")) return [];
  const plain = (["endpoint", "region", "bucket", "prefix"] as const).map((field) => ({
    name: settings.envNames[field] ?? SETTINGS[field],
    value: settings[field],
  }));
  const { credentialsSecretName: secret } = settings;
  if (secret === undefined) return plain;
  const names = resolveS3KeyNames(settings.envNames);
  const keys = (["accessKeyId", "secretAccessKey", "sessionToken"] as const).map((field) => {
    const optional = field === "sessionToken" ? { optional: true } : {};
    return {
      name: names[field],
      valueFrom: { secretKeyRef: { name: secret, key: S3_KEYS[field], ...optional } },
    };
  });
  return [...plain, ...keys];
}

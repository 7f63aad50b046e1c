// Settings for tests of S3: keys that must not appear in any message, and short limits.
import type { S3Place } from "../../../../init/contract/s3.ts";
import type { CallLimits } from "../../../../init/world/s3/client.ts";

export const KEYS = {
  accessKeyId: "AKIASENTINELID",
  secretAccessKey: "sentinel/secret+access==key",
  sessionToken: "sentinel-session-token",
} as const;

export const KEY_NAMES = {
  accessKeyId: "TEST_ACCESS_KEY_ID",
  secretAccessKey: "TEST_SECRET_ACCESS_KEY",
  sessionToken: "TEST_SESSION_TOKEN",
} as const;

/** The env with the keys; no session token, since a server that checks keys needs a real one. */
export const KEY_ENV = {
  [KEY_NAMES.accessKeyId]: KEYS.accessKeyId,
  [KEY_NAMES.secretAccessKey]: KEYS.secretAccessKey,
};

/** In milliseconds: long enough for a busy machine, short enough for a test. */
export const SHORT: CallLimits = { connect: 1_000, request: 1_200, call: 2_000 };
/** For many concurrent calls. */
export const PATIENT: CallLimits = { connect: 15_000, request: 20_000, call: 30_000 };

export function placeAt(endpoint: string, changes: Partial<S3Place> = {}): S3Place {
  return {
    endpoint,
    region: "us-east-1",
    bucket: "boot",
    prefix: "",
    pathStyle: true,
    checksum: "when-required",
    credentials: { from: "env", ...KEY_NAMES },
    ...changes,
  };
}

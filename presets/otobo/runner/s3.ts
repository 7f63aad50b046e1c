// OTOBO's S3, from the same settings in the environment that OTOBO uses, always in path style
// (docs/research/otobo.md#s3-settings).
import { dirname } from "node:path";
import type { S3Place } from "../../../init/contract/s3.ts";
import type { ObjectTree } from "../../../init/world/tree.ts";
import type { OtoboEnv } from "./otobo.ts";

export interface OtoboS3 {
  /** loads the client, which is large, on demand */
  open: () => Promise<ObjectTree>;
  /** the prefix of Kernel/Config/Files/ in keys */
  prefix: string;
}

/** @returns null if OTOBO is not in S3 mode */
export function readOtoboS3(env: OtoboEnv): OtoboS3 | null {
  if (env["OTOBO_S3_ACTIVE"] !== "1") return null;
  const place: S3Place = {
    endpoint: `${env["OTOBO_S3_SCHEME"] ?? "https"}://${env["OTOBO_S3_HOST"] ?? ""}`,
    region: env["OTOBO_S3_REGION"] ?? "us-east-1",
    bucket: env["OTOBO_S3_BUCKET"] ?? "",
    prefix: "",
    pathStyle: true,
    checksum: "when-required",
    credentials: { from: "files", folder: dirname(env["OTOBO_S3_SECRET_KEY_FILE"] ?? "/") },
    ...(env["OTOBO_S3_CA"] ? { ca: env["OTOBO_S3_CA"] } : {}),
  };
  const open = async (): Promise<ObjectTree> =>
    (await import("../../../init/world/tree.ts")).openTree(place, env);
  return { open, prefix: `${env["OTOBO_S3_HOME_PREFIX"] ?? "OTOBO"}/` };
}

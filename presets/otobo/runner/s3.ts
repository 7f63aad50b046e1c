// OTOBO's S3, as its own settings in the environment name it: the same that OTOBO will use, path style always
// (docs/research/otobo.md#s3-settings).
import { dirname } from "node:path";
import type { S3Place } from "../../../init/contract/s3.ts";
import type { ObjectTree } from "../../../init/world/tree.ts";
import type { OtoboEnv } from "./otobo.ts";

export interface OtoboS3 {
  /** loads the client: large, and not needed without S3 */
  open: () => Promise<ObjectTree>;
  /** what stands before Kernel/Config/Files/ in keys */
  prefix: string;
}

/** Null where OTOBO is not in S3 mode. */
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

// What pods of OTOBO live in, as far as a test asks: an image's tree, a database and a cache that they share, and a real
// S3 server. Once with the stand-in's tree (openStandInEnvironment.ts), once with OTOBO's own (openOtoboEnvironment.ts).
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { S3_KEYS } from "../../../../init/contract/s3.ts";
import { KEYS } from "../../../init/world/s3/place.ts";
import type { OtoboBucket } from "./bucket.ts";

export interface PodEnvironment {
  folder: string;
  /** the tree as the image brings it */
  next: string;
  /** OTOBO's folder in S3: each test has its own */
  bucket: OtoboBucket;
  pod(ordinal: number): Promise<TestedPod>;
  /** a mail that was fetched in this pod and cannot be processed for now, as OTOBO's fetching leaves it */
  receiveBadMail(pod: TestedPod, text: string): Promise<void>;
  /** the mails' fault is mended: OTOBO's own command tries all of this pod's spool again; how many tickets hold the text */
  reprocess(pod: TestedPod, text: string): Promise<number>;
  /** whether the ACL and the process that the database has act in this pod, by OTOBO's own functions where it is OTOBO */
  acting(pod: TestedPod): Promise<{ acl: boolean; process: boolean }>;
  /** what makes files of its own in the tree: temporary files, attachments, PGP; rejects where one dies */
  makeFiles(pod: TestedPod): Promise<void>;
  /** whether a rebuild is at work, or has left its row behind */
  hasRebuildRow(): Promise<boolean>;
  /** back to where a test begins: installed, one package, nothing noted of a release, and a rebuild of so long */
  reset(changes?: { rebuildSeconds?: number }): Promise<void>;
  remove(): Promise<void>;
}

export interface TestedPod {
  ordinal: number;
  home: string;
  env: Record<string, string>;
}

/** OTOBO's settings for S3, its keys as files below `folder`. */
export async function buildS3Env(
  folder: string,
  { url, prefix }: { url: string; prefix: string },
): Promise<Record<string, string>> {
  const keys = join(folder, "s3-keys");
  await mkdir(keys, { recursive: true });
  await writeFile(join(keys, S3_KEYS.accessKeyId), KEYS.accessKeyId);
  await writeFile(join(keys, S3_KEYS.secretAccessKey), KEYS.secretAccessKey);
  return {
    OTOBO_S3_ACTIVE: "1",
    OTOBO_S3_REGION: "us-east-1",
    OTOBO_S3_BUCKET: "boot",
    OTOBO_S3_HOME_PREFIX: prefix,
    OTOBO_S3_METADATA_PREFIX: "x-amz-meta-",
    OTOBO_S3_DELIMITER: "/",
    OTOBO_S3_SCHEME: "http",
    OTOBO_S3_HOST: new URL(url).host,
    OTOBO_S3_DELETE_MULTIPLE: "0",
    OTOBO_S3_ACCESS_KEY_FILE: join(keys, S3_KEYS.accessKeyId),
    OTOBO_S3_SECRET_KEY_FILE: join(keys, S3_KEYS.secretAccessKey),
  };
}

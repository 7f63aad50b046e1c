// The environment of OTOBO pods: an image's tree, a shared database and cache, and a real S3 server. One implementation
// uses the stand-in's tree (openStandInEnvironment.ts), the other OTOBO's own (openOtoboEnvironment.ts).
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { S3_KEYS } from "../../../../init/contract/s3.ts";
import { KEYS } from "../../../init/world/s3/place.ts";
import type { OtoboBucket } from "./bucket.ts";

export interface PodEnvironment {
  folder: string;
  /** the tree in the image */
  next: string;
  /** OTOBO's folder in S3, a new one for each test */
  bucket: OtoboBucket;
  pod(ordinal: number): Promise<TestedPod>;
  /** leaves a mail as OTOBO's fetching does if it was fetched in this pod and cannot be processed for now */
  receiveBadMail(pod: TestedPod, text: string): Promise<void>;
  /**
   * makes such mails processable, and runs OTOBO's own command on this pod's spool; returns the number of tickets with
   * the text
   */
  reprocess(pod: TestedPod, text: string): Promise<number>;
  /** whether the database's ACL and process work in this pod, by OTOBO's own functions if it is OTOBO */
  acting(pod: TestedPod): Promise<{ acl: boolean; process: boolean }>;
  /** whether a translation made in the web interface before is used in this pod; null: this version has none */
  translates(pod: TestedPod): Promise<boolean | null>;
  /**
   * starts OTOBO's own web server in this pod; the stand-in has none
   * @returns its port
   */
  startWeb?(pod: TestedPod): Promise<{ port: number; stop: () => Promise<void> }>;
  /** runs what creates files in the tree: temporary files, attachments, PGP; rejects if one of them fails */
  makeFiles(pod: TestedPod): Promise<void>;
  /** whether a rebuild is running, or has left its row behind */
  hasRebuildRow(): Promise<boolean>;
  /**
   * resets to the initial state of a test: installed, one package, no recorded release, and this duration of a rebuild
   */
  reset(changes?: { rebuildSeconds?: number }): Promise<void>;
  remove(): Promise<void>;
}

export interface TestedPod {
  ordinal: number;
  home: string;
  env: Record<string, string>;
}

/** OTOBO's settings for S3, with its keys as files below `folder`. */
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

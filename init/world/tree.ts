// Lists a prefix in S3, with all pages, and reads objects. For presets whose application keeps files there. Every
// failure is reported, because a failure that is taken for an empty list would lose settings
// (docs/research/otobo.md#client).
import { Readable } from "node:stream";
import { type _Object, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { S3Place } from "../contract/s3.ts";
import { describeS3Error } from "./s3/answer.ts";
import { createCaller } from "./s3/call.ts";
import { type CallLimits, withoutUser } from "./s3/client.ts";
import type { KeyEnv } from "./s3/keys.ts";

export interface ListedObject {
  key: string;
  size: number;
  /** whole seconds since 1970, which OTOBO compares (docs/research/otobo.md#sync) */
  seconds: number;
}

export interface ObjectTree {
  /** Lists all objects below a prefix, on all pages. */
  list(prefix: string): Promise<{ objects: ListedObject[] } | { why: string }>;
  get(key: string): Promise<{ bytes: Buffer } | { why: string }>;
}

const LIMITS: CallLimits = { connect: 5_000, request: 15_000, call: 60_000 };
/** Settings are a few hundred KiB. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** @param limits for tests */
export function openTree(place: S3Place, env: KeyEnv, limits: CallLimits = LIMITS): ObjectTree {
  const where = `bucket ${place.bucket} at ${withoutUser(place.endpoint)}`;
  const call = createCaller(place, env, limits);
  const page = (Prefix: string, token: string | undefined) =>
    call(async (client, options) => {
      const query = { Bucket: place.bucket, Prefix, ContinuationToken: token };
      const value = await client.send(new ListObjectsV2Command(query), options);
      return value.KeyCount === undefined && value.Contents === undefined
        ? {
            is: "useless",
            why: "the answer is not a list, so it is not from an S3 server; check the endpoint",
          }
        : { is: "done", value };
    });
  return {
    list: async (prefix) => {
      const objects: ListedObject[] = [];
      let token: string | undefined;
      do {
        const called = await page(prefix, token);
        if (called.is !== "done") return { why: `${where}: ${describeS3Error(called)}` };
        objects.push(...(called.value.Contents ?? []).flatMap(toListedObjects));
        token = called.value.IsTruncated ? called.value.NextContinuationToken : undefined;
      } while (token !== undefined);
      return { objects };
    },
    get: async (key) => {
      const called = await call<Buffer>(async (client, options) => {
        const answer = await client.send(new GetObjectCommand({ Bucket: place.bucket, Key: key }), options);
        return readBytes(answer.Body);
      });
      return called.is === "done"
        ? { bytes: called.value }
        : { why: `${where}: ${key}: ${describeS3Error(called)}` };
    },
  };
}

function toListedObjects({ Key, Size = 0, LastModified }: _Object): ListedObject[] {
  if (Key === undefined || LastModified === undefined) return [];
  return [{ key: Key, size: Size, seconds: Math.floor(LastModified.getTime() / 1000) }];
}

async function readBytes(
  body: unknown,
): Promise<{ is: "done"; value: Buffer } | { is: "useless"; why: string }> {
  if (!(body instanceof Readable)) return { is: "done", value: Buffer.alloc(0) };
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES) return { is: "useless", why: "the object is larger than 64 MiB" };
    chunks.push(chunk);
  }
  return { is: "done", value: Buffer.concat(chunks) };
}

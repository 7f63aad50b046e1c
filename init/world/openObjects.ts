// The objects of one bucket, through the AWS SDK: each call is one request with a time limit, and never rejects
// (docs/research/runner.md#s3-conditional-writes). The SDK is large, so this module is imported only when a plan needs
// it (open.ts).
import { Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { S3Place } from "../contract/s3.ts";
import type { ObjectStore } from "../engine/ports.ts";
import { toGetResult, toPutResult } from "./s3/answer.ts";
import { createCaller } from "./s3/call.ts";
import { type CallLimits, withoutUser } from "./s3/client.ts";
import type { KeyEnv } from "./s3/keys.ts";

const LIMITS: CallLimits = { connect: 5_000, request: 10_000, call: 15_000 };

/** Markers, records and locks take a few KiB; a larger object is not Rollcall's. */
const LARGEST_BYTES = 1024 * 1024;

/**
 * Opens the objects of `place`. Sends no request before the first call.
 * @param env holds the keys of `from: env`; the SDK's provider chain (`from: default`) reads the process's environment
 * and files
 * @param limits for tests @default 5 s to connect, 10 s for the response headers, 15 s for the whole call
 */
export async function openObjects(
  place: S3Place,
  env: KeyEnv,
  limits: CallLimits = LIMITS,
): Promise<ObjectStore> {
  const where = `bucket ${place.bucket} at ${withoutUser(place.endpoint)}`;
  const call = createCaller(place, env, limits);
  return {
    where,
    get: async (key) => {
      const called = await call(async (client, options) => {
        const answer = await client.send(new GetObjectCommand({ Bucket: place.bucket, Key: key }), options);
        const read = await readBodyText(answer.Body);
        if ("useless" in read) return useless(read.useless);
        if (answer.ETag === undefined) return useless(NO_ETAG);
        return { is: "done", value: { text: read.text, etag: answer.ETag } };
      });
      return called.is === "done" ? { is: "object", ...called.value } : toGetResult(called, where);
    },
    put: async (key, text, condition) => {
      const called = await call(async (client, options) => {
        const put = new PutObjectCommand({
          Bucket: place.bucket,
          Key: key,
          Body: text,
          ContentType: "application/json",
          ...(condition === "absent" ? { IfNoneMatch: "*" } : {}),
          ...(typeof condition === "object" ? { IfMatch: condition.etag } : {}),
        });
        const { ETag } = await client.send(put, options);
        return ETag === undefined ? useless(NO_ETAG) : { is: "done", value: ETag };
      });
      return called.is === "done"
        ? { is: "stored", etag: called.value }
        : toPutResult(called, where, condition);
    },
  };
}

const NO_ETAG = "the answer has no ETag, so it is not from an S3 server; check the endpoint";
const useless = (why: string) => ({ is: "useless", why }) as const;

/** Reads a body as text. @returns the text, or why it is unusable @throws if the connection breaks off */
async function readBodyText(body: unknown): Promise<{ text: string } | { useless: string }> {
  if (!(body instanceof Readable)) return { text: "" };
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // leaving the loop destroys the stream and its connection
    if (bytes > LARGEST_BYTES) return { useless: "the object is larger than 1 MiB, so it is not Rollcall's" };
    chunks.push(chunk);
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { useless: "the object is not UTF-8 text, so it is not Rollcall's" };
  }
}

// The AWS SDK's client, told everything that it would otherwise take from the application's environment or guess.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { pipeline, Readable, Transform } from "node:stream";
import { createSecureContext, getCACertificates } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { S3Client } from "@aws-sdk/client-s3";
import type { S3Place } from "../../contract/s3.ts";
import type { S3Keys } from "./keys.ts";

/** Milliseconds. The SDK has no limit of its own for any of them. */
export interface CallLimits {
  connect: number;
  /** until the head of the answer */
  request: number;
  /** the whole call: finding keys, connecting, asking, reading */
  call: number;
}

export type ClientFor = (keys: S3Keys | null) => S3Client;

/** Gives a client for these keys: the same one as long as the keys are the same. */
export function createClientCache(place: S3Place, limits: CallLimits): ClientFor {
  let last: { keys: S3Keys | null; client: S3Client } | null = null;
  return (keys) => {
    // an old client may still be in use, so it is forgotten and not destroyed: it keeps no connection
    if (last === null || !isDeepStrictEqual(last.keys, keys))
      last = { keys, client: newClient(place, keys, limits) };
    return last.client;
  };
}

function newClient(place: S3Place, keys: S3Keys | null, limits: CallLimits): S3Client {
  // No connection is kept: one that the server has closed meanwhile looks like a lost answer. And an agent of our
  // own asks no proxy, whatever NODE_USE_ENV_PROXY says.
  const trust =
    place.ca === undefined
      ? {}
      : { secureContext: createSecureContext({ ca: [...getCACertificates("default"), place.ca] }) };
  const client = new S3Client({
    endpoint: withoutUser(place.endpoint),
    region: place.region,
    forcePathStyle: place.pathStyle,
    requestChecksumCalculation: place.checksum === "when-required" ? "WHEN_REQUIRED" : "WHEN_SUPPORTED",
    responseChecksumValidation: place.checksum === "when-required" ? "WHEN_REQUIRED" : "WHEN_SUPPORTED",
    // the engine tries again: behind its back, a write whose answer was lost would come out as a 412
    maxAttempts: 1,
    // its advice goes to the console of the pod otherwise
    logger: SILENT,
    retryMode: "standard",
    defaultsMode: "standard",
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useArnRegion: false,
    ...(keys === null ? {} : { credentials: keys }),
    requestHandler: {
      connectionTimeout: limits.connect,
      requestTimeout: limits.request,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: false }),
      httpsAgent: new HttpsAgent({ keepAlive: false, ...trust }),
    },
  });
  boundAnswers(client);
  return client;
}

/** Refusals, answers to a PUT and pages of a list are read whole by the SDK, whatever their length; objects are not. */
const LARGEST_ANSWER = 64 * 1024;

/** 1000 keys of 1 KiB, each with its time, size and ETag, as XML. */
const LARGEST_LIST = 4 * 1024 * 1024;

/** Ends an answer that is longer than what was asked for can be. What a GET of an object brings is its reader's to bound. */
function boundAnswers(client: S3Client): void {
  const handler = client.config.requestHandler;
  const handle = handler.handle.bind(handler);
  handler.handle = async (request, options) => {
    const answered = await handle(request, options);
    const { response } = answered;
    const isObject = request.method === "GET" && response.statusCode < 300;
    const isList = isObject && "list-type" in request.query;
    if (isObject && !isList) return answered;
    const { body }: { body?: unknown } = response;
    if (body instanceof Readable) response.body = upTo(isList ? LARGEST_LIST : LARGEST_ANSWER, body);
    return answered;
  };
}

function upTo(most: number, body: Readable): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      if (bytes > most) done(new Error(`the answer is larger than ${most / 1024} KiB`));
      else done(null, chunk);
    },
  });
  // both ends are destroyed where one of them fails; whoever reads sees the error
  return pipeline(body, counter, () => undefined);
}

const nothing = (): void => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** An endpoint without a user and password, as it may be shown. */
export function withoutUser(endpoint: string): string {
  const url = new URL(endpoint);
  url.username = "";
  url.password = "";
  return url.href.replace(/\/$/, "");
}

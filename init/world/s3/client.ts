// Creates the AWS SDK's client with all settings explicit, so that it takes none from the application's environment.
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
  /** until the response headers */
  request: number;
  /** the whole call: finding keys, connecting, sending, reading */
  call: number;
}

export type ClientFor = (keys: S3Keys | null) => S3Client;

/** Creates a function that returns a client for keys, and the same client while the keys are unchanged. */
export function createClientCache(place: S3Place, limits: CallLimits): ClientFor {
  let last: { keys: S3Keys | null; client: S3Client } | null = null;
  return (keys) => {
    // an old client may still be in use, so it is not destroyed; it keeps no connection
    if (last === null || !isDeepStrictEqual(last.keys, keys))
      last = { keys, client: newClient(place, keys, limits) };
    return last.client;
  };
}

function newClient(place: S3Place, keys: S3Keys | null, limits: CallLimits): S3Client {
  // No keep-alive, because a connection that the server has closed looks like a lost answer. Separate agents use no
  // proxy, even if NODE_USE_ENV_PROXY is set.
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
    // the engine retries: a retry by the SDK after a lost answer would appear as a 412
    maxAttempts: 1,
    // otherwise it logs to the pod's output
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

/** The SDK reads errors, answers to a PUT and list pages into memory, whatever their length; objects are streamed. */
const LARGEST_ANSWER = 64 * 1024;

/** Enough for 1000 keys of 1 KiB with time, size and ETag, as XML. */
const LARGEST_LIST = 4 * 1024 * 1024;

/** Aborts responses that are too long. The body of a GET of an object is bounded by its reader. */
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
    if (body instanceof Readable) response.body = limitBody(isList ? LARGEST_LIST : LARGEST_ANSWER, body);
    return answered;
  };
}

function limitBody(most: number, body: Readable): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      if (bytes > most) done(new Error(`the answer is larger than ${most / 1024} KiB`));
      else done(null, chunk);
    },
  });
  // pipeline destroys both streams if one fails, and the reader gets the error
  return pipeline(body, counter, () => undefined);
}

const nothing = (): void => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** An endpoint without user and password, for messages. */
export function withoutUser(endpoint: string): string {
  const url = new URL(endpoint);
  url.username = "";
  url.password = "";
  return url.href.replace(/\/$/, "");
}

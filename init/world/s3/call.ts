// One call to S3: reads the current keys, sends one request, limits the whole call, and returns every error as a value
// without keys.
import type { S3Client } from "@aws-sdk/client-s3";
import { describeNetworkError, readErrorCode } from "../../contract/network.ts";
import type { S3Place } from "../../contract/s3.ts";
import { escapeControls } from "../child.ts";
import type { S3Error } from "./answer.ts";
import { type CallLimits, createClientCache } from "./client.ts";
import { type KeyEnv, readKeys, type S3Keys } from "./keys.ts";

export type CallResult<T> = { is: "done"; value: T } | S3Error;

export type S3Operation<T> = (
  client: S3Client,
  options: { abortSignal: AbortSignal },
) => Promise<CallResult<T>>;

/** Maximum characters of a server's message that are repeated. */
const MOST_SAID = 300;

/** The SDK's message if the server sent none. */
const SDK_KNOWS_NOTHING = "UnknownError";

/** Creates the function that calls `place`; it never rejects. */
export function createCaller(
  place: S3Place,
  env: KeyEnv,
  limits: CallLimits,
): <T>(work: S3Operation<T>) => Promise<CallResult<T>> {
  const clientFor = createClientCache(place, limits);

  const attempt = async <T>(work: S3Operation<T>, abortSignal: AbortSignal): Promise<CallResult<T>> => {
    const read = await readKeys(place.credentials, env);
    if ("missing" in read) return { is: "no-keys", why: read.missing, isTransient: false };
    let secrets = read.keys;
    try {
      const client = clientFor(read.keys);
      if (read.keys === null) {
        const found = await findSdkKeys(client);
        if ("is" in found) return found;
        secrets = found;
      }
      return await work(client, { abortSignal });
    } catch (error) {
      return toS3Error(error, secrets);
    }
  };

  return async <T>(work: S3Operation<T>) => {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    // raced as well, because the SDK's credential provider takes no signal
    const limit = new Promise<S3Error>((resolve) => {
      timer = setTimeout(() => {
        controller.abort();
        resolve({
          is: "no-answer",
          code: "ETIMEDOUT",
          why: `no complete answer within ${limits.call / 1000} s`,
        });
      }, limits.call);
    });
    try {
      return await Promise.race([attempt(work, controller.signal), limit]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Transient, because the agent that supplies a pod's keys may start after the pod. */
async function findSdkKeys(client: S3Client): Promise<S3Keys | S3Error> {
  try {
    return await client.config.credentials();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      is: "no-keys",
      why: `the SDK found no keys: ${shorten(message)}; check the ServiceAccount's role or pod identity`,
      isTransient: true,
    };
  }
}

/** Translates an error of the SDK. */
function toS3Error(error: unknown, secrets: S3Keys | null): S3Error {
  const redact = (text: string): string => shorten(redactKeys(text, secrets));
  const status = readNumberAt(error, "$metadata", "httpStatusCode");
  const broken = readErrorCode(error);
  // no answer, or an incomplete one: half a 404 does not say whether it is about the object or the bucket
  if (status === null || status < 300 || broken !== "")
    return { is: "no-answer", code: broken, why: redact(describeNetworkError(error)) };
  const code = readTextAt(error, "Code") ?? "";
  const message = readTextAt(error, "message") ?? "";
  return {
    is: "answer",
    status,
    // an answer that is not S3's XML has no code, and its message is the SDK's own
    code: /^\w{1,64}$/.test(code) ? redact(code) : "",
    said: code === "" || message === SDK_KNOWS_NOTHING ? "" : redact(message),
    region: redactNullable(readTextAt(error, "$response", "headers", "x-amz-bucket-region"), redact),
    date: parseDate(readTextAt(error, "$response", "headers", "date")),
  };
}

const redactNullable = (text: string | null, redact: (text: string) => string): string | null =>
  text === null ? null : redact(text);

function parseDate(text: string | null): Date | null {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Removes keys from a text, because a server may repeat the request. */
function redactKeys(text: string, keys: S3Keys | null): string {
  const values = [keys?.accessKeyId, keys?.secretAccessKey, keys?.sessionToken];
  return values
    .filter((value) => value !== undefined && value !== "")
    .reduce<string>((rest, value) => rest.replaceAll(value ?? "", "(key)"), text);
}

const shorten = (text: string): string => {
  const line = escapeControls(text.replaceAll(/\s+/g, " ").trim());
  return line.length > MOST_SAID ? `${line.slice(0, MOST_SAID - 3)}...` : line;
};

function readPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined,
    value,
  );
}

function readTextAt(value: unknown, ...path: readonly string[]): string | null {
  const found = readPath(value, path);
  return typeof found === "string" ? found : null;
}

function readNumberAt(value: unknown, ...path: readonly string[]): number | null {
  const found = readPath(value, path);
  return typeof found === "number" ? found : null;
}

// One call to S3: keys as they are now, one request, one limit over all of it, and every fault as a value that
// holds no key.
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

/** Characters of a server's own words that a message may hold. */
const MOST_SAID = 300;

/** The SDK's message where the server has sent none. */
const SDK_KNOWS_NOTHING = "UnknownError";

/** Gives the function that makes calls to `place`; it never rejects. */
export function createCaller(
  place: S3Place,
  env: KeyEnv,
  limits: CallLimits,
): <T>(work: S3Operation<T>) => Promise<CallResult<T>> {
  const clientFor = createClientCache(place, limits);

  const attempt = async <T>(work: S3Operation<T>, abortSignal: AbortSignal): Promise<CallResult<T>> => {
    const read = await readKeys(place.credentials, env);
    if ("missing" in read) return { is: "no-keys", why: read.missing, passing: false };
    let secrets = read.keys;
    try {
      const client = clientFor(read.keys);
      if (read.keys === null) {
        const found = await keysOfChain(client);
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
    // raced too, since the SDK's search for keys knows no signal
    const limit = new Promise<S3Error>((resolve) => {
      timer = setTimeout(() => {
        controller.abort();
        resolve({
          is: "no-answer",
          code: "ETIMEDOUT",
          why: `there was no whole answer within ${limits.call / 1000} s`,
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

/** The agent that gives a pod its keys may come up after the pod. */
async function keysOfChain(client: S3Client): Promise<S3Keys | S3Error> {
  try {
    return await client.config.credentials();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      is: "no-keys",
      why: `the SDK finds no keys: ${short(said)}; check the ServiceAccount's role or pod identity`,
      passing: true,
    };
  }
}

/** What an error of the SDK says about the answer that it got, if any. */
function toS3Error(error: unknown, secrets: S3Keys | null): S3Error {
  const hide = (text: string): string => short(withoutKeys(text, secrets));
  const status = numberAt(error, "$metadata", "httpStatusCode");
  const broken = readErrorCode(error);
  // no answer at all, or one whose body broke off: half a 404 does not say whether it is about the object
  if (status === null || status < 300 || broken !== "")
    return { is: "no-answer", code: broken, why: hide(describeNetworkError(error)) };
  const code = textAt(error, "Code") ?? "";
  const said = textAt(error, "message") ?? "";
  return {
    is: "answer",
    status,
    // what is no S3 error's XML has no code, and its message is the SDK's about itself
    code: /^\w{1,64}$/.test(code) ? hide(code) : "",
    said: code === "" || said === SDK_KNOWS_NOTHING ? "" : hide(said),
    region: hideNull(textAt(error, "$response", "headers", "x-amz-bucket-region"), hide),
    date: parseDate(textAt(error, "$response", "headers", "date")),
  };
}

const hideNull = (text: string | null, hide: (text: string) => string): string | null =>
  text === null ? null : hide(text);

function parseDate(text: string | null): Date | null {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}

/** A server may say back what it was told. */
function withoutKeys(text: string, keys: S3Keys | null): string {
  const values = [keys?.accessKeyId, keys?.secretAccessKey, keys?.sessionToken];
  return values
    .filter((value) => value !== undefined && value !== "")
    .reduce<string>((rest, value) => rest.replaceAll(value ?? "", "(key)"), text);
}

const short = (text: string): string => {
  const line = escapeControls(text.replaceAll(/\s+/g, " ").trim());
  return line.length > MOST_SAID ? `${line.slice(0, MOST_SAID - 3)}...` : line;
};

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined,
    value,
  );
}

function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, path);
  return typeof found === "string" ? found : null;
}

function numberAt(value: unknown, ...path: readonly string[]): number | null {
  const found = at(value, path);
  return typeof found === "number" ? found : null;
}

// Requests to the API server with the pod's own token. Plain HTTPS without a client library, because the runner starts
// in every pod.
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { formatUrlHost, readAnswerText, sendRequest } from "../contract/http.ts";
import { describeNetworkError, isTlsTrouble, readErrorCode } from "../contract/network.ts";
import { isMissing } from "../engine/failure.ts";
import type { AskApi } from "../engine/ports.ts";
import { readBoundedText } from "./files.ts";
import { parseJsonOrText } from "./parseJsonOrText.ts";

const LIMIT_MS = 10_000;

/** Larger than any Lease, StatefulSet or namespace: etcd accepts 1.5 MiB. */
const LARGEST_BYTES = 4 * 1024 * 1024;

export interface ApiPlace {
  host: string;
  port: number;
  /** holds token and ca.crt */
  folder: string;
  /** milliseconds for a whole call @default 10 s */
  limitMs?: number;
}

type ApiQuery = Parameters<AskApi>[0];
type ApiAnswer = Awaited<ReturnType<AskApi>>;

/** Opens the API server. Redirects are not followed. */
export function openApi(place: ApiPlace): AskApi {
  const { host, port, folder } = place;
  const server = `${formatUrlHost(host)}:${port}`;
  return async (request) => {
    // read for each call, because the kubelet renews a projected token before it expires
    const credentials = await readCredentials(folder);
    if ("none" in credentials) return credentials;
    try {
      return await send(request, credentials, {
        server: `https://${server}`,
        limitMs: place.limitMs ?? LIMIT_MS,
      });
    } catch (error) {
      const ca = isTlsTrouble(readErrorCode(error)) ? `; the trusted CA is ${join(folder, "ca.crt")}` : "";
      return { none: `the API server at ${server}: ${describeNetworkError(error)}${ca}` };
    }
  };
}

interface ApiCredentials {
  token: string;
  ca: string;
}

async function readCredentials(folder: string): Promise<ApiCredentials | { none: string }> {
  const read = async (name: string): Promise<string | { none: string }> => {
    const path = join(folder, name);
    try {
      const text = (await readBoundedText(path, { links: true })).trim();
      return text === "" ? { none: `${path} is empty` } : text;
    } catch (error) {
      if (!isMissing(error)) return { none: `${path} cannot be read (${readErrorCode(error)})` };
      return {
        none: `${path} does not exist: automountServiceAccountToken is off, and Rollcall's own token is not mounted`,
      };
    }
  };
  const [token, ca] = [await read("token"), await read("ca.crt")];
  if (typeof token !== "string") return token;
  return typeof ca === "string" ? { token, ca } : ca;
}

/** @throws any error that prevents a complete response within the time limit */
async function send(
  request: ApiQuery,
  { token, ca }: ApiCredentials,
  { server, limitMs }: { server: string; limitMs: number },
): Promise<ApiAnswer> {
  const text = request.body === undefined ? null : JSON.stringify(request.body);
  const body = text === null ? null : { text, contentType: "application/json" };
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const { method, path, until: signal } = request;
  try {
    return await sendRequest({ server, path, method, headers, body, ca, signal, limitMs }, read);
  } catch (error) {
    throw signal?.aborted === true ? new Error("the request was cancelled") : error;
  }
}

async function read(answer: IncomingMessage): Promise<ApiAnswer> {
  return {
    status: answer.statusCode ?? 0,
    body: parseJsonOrText(await readAnswerText(answer, LARGEST_BYTES)),
  };
}

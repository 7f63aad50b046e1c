// The API server, asked with the pod's own token: plain HTTPS, since the runner starts in every pod and carries no
// client.
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { formatUrlHost, readAnswerText, sendRequest } from "../contract/http.ts";
import { describeNetworkError, isTlsTrouble, readErrorCode } from "../contract/network.ts";
import type { AskApi } from "../engine/ports.ts";
import { isMissing } from "../engine/reason.ts";
import { parseJsonOrText } from "./parseJsonOrText.ts";
import { readBoundedText } from "./readBounded.ts";

const LIMIT_MS = 10_000;

/** More than any Lease, StatefulSet or namespace: etcd takes 1.5 MiB. */
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

/** Asks the API server; a redirect is an answer like any other. */
export function openApi(place: ApiPlace): AskApi {
  const { host, port, folder } = place;
  const server = `${formatUrlHost(host)}:${port}`;
  return async (ask) => {
    // at each call: the kubelet renews a projected token long before it ends
    const pass = await readPass(folder);
    if ("none" in pass) return pass;
    try {
      return await send(ask, pass, { server: `https://${server}`, limitMs: place.limitMs ?? LIMIT_MS });
    } catch (error) {
      const ca = isTlsTrouble(readErrorCode(error)) ? `, which ${join(folder, "ca.crt")} decides` : "";
      return { none: `the API server at ${server}: ${describeNetworkError(error)}${ca}` };
    }
  };
}

interface ApiCredentials {
  token: string;
  ca: string;
}

async function readPass(folder: string): Promise<ApiCredentials | { none: string }> {
  const read = async (name: string): Promise<string | { none: string }> => {
    const path = join(folder, name);
    try {
      const text = (await readBoundedText(path, { links: true })).trim();
      return text === "" ? { none: `${path} is empty` } : text;
    } catch (error) {
      if (!isMissing(error)) return { none: `${path} cannot be read (${readErrorCode(error)})` };
      return {
        none: `there is no ${path}: automountServiceAccountToken is off and no token of ours is mounted`,
      };
    }
  };
  const [token, ca] = [await read("token"), await read("ca.crt")];
  if (typeof token !== "string") return token;
  return typeof ca === "string" ? { token, ca } : ca;
}

/** @throws whatever keeps the answer from coming whole and in time */
async function send(
  ask: ApiQuery,
  { token, ca }: ApiCredentials,
  { server, limitMs }: { server: string; limitMs: number },
): Promise<ApiAnswer> {
  const text = ask.body === undefined ? null : JSON.stringify(ask.body);
  const body = text === null ? null : { text, contentType: "application/json" };
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const { method, path, until: signal } = ask;
  try {
    return await sendRequest({ server, path, method, headers, body, ca, signal, limitMs }, read);
  } catch (error) {
    throw signal?.aborted === true ? new Error("given up") : error;
  }
}

async function read(answer: IncomingMessage): Promise<ApiAnswer> {
  return {
    status: answer.statusCode ?? 0,
    body: parseJsonOrText(await readAnswerText(answer, LARGEST_BYTES)),
  };
}

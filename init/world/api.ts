// The API server, asked with the pod's own token: plain HTTPS, since the runner starts in every pod and carries no
// client.
import { Agent, request } from "node:https";
import { join } from "node:path";
import { codeOf, isTlsTrouble, networkWords } from "../contract/network.ts";
import type { AskApi } from "../engine/ports.ts";
import { isMissing } from "../engine/reason.ts";
import { readBoundedText } from "./readBounded.ts";
import { endIn, jsonOrText, textOf } from "./whole.ts";

const LIMIT_MS = 10_000;

/** More than any Lease, StatefulSet or namespace: etcd takes 1.5 MiB. */
const LARGEST_KIB = 4096;

export interface ApiPlace {
  host: string;
  port: number;
  /** holds token and ca.crt */
  folder: string;
  /** milliseconds for a whole call @default 10 s */
  limitMs?: number;
}

type Ask = Parameters<AskApi>[0];
type Told = Awaited<ReturnType<AskApi>>;

/** Asks the API server; a redirect is an answer like any other. */
export function openApi(place: ApiPlace): AskApi {
  const { host, port, folder } = place;
  const where = `the API server at ${host.includes(":") ? `[${bare(host)}]` : host}:${port}`;
  return async (ask) => {
    // at each call: the kubelet renews a projected token long before it ends
    const pass = await readPass(folder);
    if ("none" in pass) return pass;
    try {
      return await send(ask, pass, place);
    } catch (error) {
      const ca = isTlsTrouble(codeOf(error)) ? `, which ${join(folder, "ca.crt")} decides` : "";
      return { none: `${where}: ${networkWords(error)}${ca}` };
    }
  };
}

interface Pass {
  token: string;
  ca: string;
}

async function readPass(folder: string): Promise<Pass | { none: string }> {
  const read = async (name: string): Promise<string | { none: string }> => {
    const path = join(folder, name);
    try {
      const text = (await readBoundedText(path, { links: true })).trim();
      return text === "" ? { none: `${path} is empty` } : text;
    } catch (error) {
      if (!isMissing(error)) return { none: `${path} cannot be read (${codeOf(error)})` };
      return {
        none: `there is no ${path}: automountServiceAccountToken is off and no token of ours is mounted`,
      };
    }
  };
  const [token, ca] = [await read("token"), await read("ca.crt")];
  if (typeof token !== "string") return token;
  return typeof ca === "string" ? { token, ca } : ca;
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, "");

/** @throws whatever keeps the answer from coming whole and in time */
function send(ask: Ask, { token, ca }: Pass, { host, port, limitMs = LIMIT_MS }: ApiPlace): Promise<Told> {
  const body = ask.body === undefined ? null : JSON.stringify(ask.body);
  return new Promise((resolve, reject) => {
    const asked = request({
      host: bare(host),
      port,
      path: ask.path,
      method: ask.method,
      ca,
      // an agent of our own: no connection is kept, and no proxy asked, whatever NODE_USE_ENV_PROXY says
      agent: new Agent({ keepAlive: false }),
      headers: {
        accept: "application/json",
        authorization: `Bearer ${token}`,
        ...(body === null
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      },
    });
    endIn(asked, limitMs);
    const giveUp = (): void => void asked.destroy(new Error("given up"));
    if (ask.until?.aborted === true) giveUp();
    ask.until?.addEventListener("abort", giveUp, { once: true });
    asked.once("close", () => ask.until?.removeEventListener("abort", giveUp));
    asked.on("error", reject);
    asked.once("response", (answer) => {
      textOf(answer, LARGEST_KIB).then(
        (text) => resolve({ status: answer.statusCode ?? 0, body: jsonOrText(text) }),
        reject,
      );
    });
    asked.end(body ?? undefined);
  });
}

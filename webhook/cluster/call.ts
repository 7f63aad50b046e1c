// One call to the API server whose answer stays JSON as it came: objects that are judged or written back must not go
// through types that know less than they hold (DESIGN: numbering, raw JSON). Address, CA and token are the client's.
import { type IncomingMessage, request as plain, type RequestOptions } from "node:http";
import { request as secure } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import * as z from "zod";
import { networkWords } from "../../init/contract/network.ts";

/** More than any single object (etcd takes 1.5 MiB), and enough for a page of pods. */
const LARGEST_BYTES = 32 * 1024 * 1024;

export interface Asked {
  readonly method: "GET" | "POST" | "PUT";
  /** with its query */
  readonly path: string;
  readonly body?: unknown;
  /** aborted when nobody waits for the answer any more */
  readonly deadline: AbortSignal;
}

/** The status of the answer, and its JSON; rejects with words where there is none. */
export type Call = (asked: Asked) => Promise<Answered>;

export interface Answered {
  readonly status: number;
  readonly body: unknown;
  /** the header Date; null: there was none */
  readonly date: string | null;
}

export function callsOf(config: KubeConfig): Call {
  return async (asked) => {
    try {
      asked.deadline.throwIfAborted();
      return await send(config, asked);
    } catch (error) {
      const why = asked.deadline.aborted ? "it did not answer in time" : networkWords(error);
      throw new Error(`the API server: ${why}`, { cause: error });
    }
  };
}

async function send(config: KubeConfig, { method, path, body, deadline }: Asked): Promise<Answered> {
  const url = new URL(path, config.getCurrentCluster()?.server);
  const options: RequestOptions = {};
  // reads the token's file: the kubelet renews it
  await config.applyToHTTPSOptions(options);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { ...options.headers, accept: "application/json", ...headersOf(text) };
  const ask = url.protocol === "http:" ? plain : secure;
  return new Promise((resolve, reject) => {
    ask(url, { ...options, headers, method, signal: deadline })
      .on("error", reject)
      .on("response", (answer) => {
        readJson(answer).then(
          (read) =>
            resolve({ status: answer.statusCode ?? 0, body: read, date: answer.headers.date ?? null }),
          reject,
        );
      })
      .end(text);
  });
}

function headersOf(text: string | undefined): Record<string, string | number> {
  if (text === undefined) return {};
  return { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
}

async function readJson(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES) throw new Error("its answer is larger than 32 MiB");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    // proxies on the way answer in HTML
    return null;
  }
}

const status = z.looseObject({ message: z.string() });

/** The error that an answer other than the expected one is. */
export function refusalOf(answer: { status: number; body: unknown }): Error {
  const said = status.safeParse(answer.body);
  return new Error(`the API server answered ${answer.status}: ${said.data?.message ?? "no message"}`);
}

// Calls to the API server whose answers stay JSON as they came: objects that are judged or written back must not go
// through types that know less than they hold (DESIGN: numbering, raw JSON). Address, CA and token are the client's. Each
// call ends at its deadline, no answer is held beyond a bound, and only so many are under way at once.
import { type IncomingMessage, request as plain, type RequestOptions } from "node:http";
import { request as secure } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Gate } from "../../init/contract/gate.ts";
import { networkWords } from "../../init/contract/network.ts";
import {
  anything,
  list as listOf,
  nullable,
  object,
  optional,
  readShape,
  text,
} from "../../init/contract/shape.ts";
import { ListItems } from "./listItems.ts";

/** More than any single object (etcd takes 1.5 MiB). */
const LARGEST_BYTES = 8 * 1024 * 1024;

/** An API server that hangs must not cost a connection for each review. */
const MOST_CALLS = 16;

const PAGE = 500;

/** More pods and StatefulSets than a cluster has. */
const MOST_KEPT = 500_000;

export interface Asked {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** with its query */
  readonly path: string;
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  /** @default application/json */
  readonly accept?: string | undefined;
  /** aborted when nobody waits for the answer any more */
  readonly deadline: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** the header Date; null: there was none */
  readonly date: string | null;
}

/** The status of the answer, and its JSON; rejects with words where there is none. */
export type Call = (asked: Asked) => Promise<Answer>;

interface ListAsked<T> extends Pick<Asked, "path" | "accept" | "deadline"> {
  /** for messages, e.g. pods */
  readonly what: string;
  readonly query?: Readonly<Record<string, string>>;
  /** what is kept of an item */
  readonly keep: (item: unknown) => readonly T[];
}

export interface Api {
  readonly call: Call;
  /** All pages of a list; rejects with words where one of them cannot be read. */
  list<T>(asked: ListAsked<T>): Promise<T[]>;
}

/** @param most calls at once */
export function apiOf(config: KubeConfig, most = MOST_CALLS): Api {
  const gate = new Gate(most);
  const send = async <T>(asked: Asked, read: (answer: IncomingMessage) => Promise<T>): Promise<T> => {
    const leave = await gate.enter(1, asked.deadline);
    try {
      asked.deadline.throwIfAborted();
      return await ask(config, asked, read);
    } catch (error) {
      const why = asked.deadline.aborted ? "it did not answer in time (timeout)" : networkWords(error);
      throw new Error(`the API server: ${why}`, { cause: error });
    } finally {
      leave?.();
    }
  };
  const readPage = async <T>(
    asked: ListAsked<T>,
    found: T[],
    next: string | undefined,
  ): Promise<string | undefined> => {
    const { path, what, query, keep, accept, deadline } = asked;
    const words = new URLSearchParams({ limit: String(PAGE), ...query });
    if (next !== undefined) words.set("continue", next);
    const take = (item: unknown): void => {
      for (const kept of keep(item)) found.push(kept);
      if (found.length > MOST_KEPT) throw new Error(`there are more than ${MOST_KEPT} ${what}`);
    };
    const page = { method: "GET", path: `${path}?${words}`, deadline, accept } as const;
    const answer = await send(page, (incoming) => readList(incoming, take));
    if (answer.status !== 200) throw refusalOf(answer);
    const read = readShape(pageShape, answer.body);
    if ("fault" in read) throw new Error(`the API server's answer is not a list of ${what}`);
    return read.value.metadata?.continue || undefined;
  };
  return {
    call: (asked) => send(asked, readAnswer),
    list: async <T>(asked: ListAsked<T>) => {
      const found: T[] = [];
      let next: string | undefined;
      do next = await readPage(asked, found, next);
      while (next !== undefined);
      return found;
    },
  };
}

const pageShape = object({
  metadata: optional(object({ continue: optional(text()) })),
  items: nullable(listOf(anything())),
});

/** Sends it and reads its answer. */
async function ask<T>(
  config: KubeConfig,
  { method, path, body, contentType = "application/json", accept = "application/json", deadline }: Asked,
  read: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  const url = new URL(path, config.getCurrentCluster()?.server);
  const options: RequestOptions = {};
  // reads the token's file: the kubelet renews it
  await config.applyToHTTPSOptions(options);
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const length =
    sent === undefined ? {} : { "content-type": contentType, "content-length": Buffer.byteLength(sent) };
  const headers = { ...options.headers, accept, ...length };
  const start = url.protocol === "http:" ? plain : secure;
  return new Promise((resolve, reject) => {
    const asked = start(url, { ...options, headers, method, signal: deadline })
      .on("error", reject)
      .on("response", (answer) => {
        // what was not read to its end must not stay open
        read(answer)
          .then(resolve, reject)
          .finally(() => asked.destroy());
      });
    asked.end(sent);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES)
      throw new Error(`its answer is larger than ${LARGEST_BYTES / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  const body = jsonOrNull(Buffer.concat(chunks).toString("utf8"));
  return { status: answer.statusCode ?? 0, body, date: answer.headers.date ?? null };
}

async function readList(answer: IncomingMessage, take: (item: unknown) => void): Promise<Answer> {
  if (answer.statusCode !== 200) return readAnswer(answer);
  const items = new ListItems(take);
  for await (const chunk of answer as AsyncIterable<Buffer>) items.take(chunk);
  return { status: 200, body: jsonOrNull(items.end()), date: answer.headers.date ?? null };
}

function jsonOrNull(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    // proxies on the way answer in HTML
    return null;
  }
}

/** The API server said no. */
export class ApiRefusal extends Error {
  readonly status: number;
  /** its own words */
  readonly said: string | null;

  constructor({ status, body }: Answer) {
    const read = readShape(refused, body);
    const said = "value" in read ? read.value.message : null;
    super(`the API server answered ${status}: ${said ?? "no message"}`);
    this.status = status;
    this.said = said;
  }
}

const refused = object({ message: text() });

/** The error that an answer other than the expected one is. */
export const refusalOf = (answer: Answer): ApiRefusal => new ApiRefusal(answer);

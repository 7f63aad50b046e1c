// Calls to the API server. Answers stay plain JSON: an object that is validated or written back must not pass through
// types that drop unknown fields (docs/research/kubernetes-admission.md#patches). Calls have a deadline, responses a
// maximum size, and concurrent calls a maximum number.
import type { IncomingMessage } from "node:http";
import { globalAgent } from "node:https";
import { Gate } from "../../init/contract/gate.ts";
import { type HttpRequest, readAnswerText, sendRequest } from "../../init/contract/http.ts";
import { describeNetworkError } from "../../init/contract/network.ts";
import {
  anything,
  list as listOf,
  nullable,
  object,
  optional,
  readShape,
  text,
} from "../../init/contract/shape.ts";
import type { ApiAccess } from "./access.ts";
import { ListItems } from "./listItems.ts";
import { readLines } from "./readLines.ts";

/** Larger than any single object: etcd stores at most 1.5 MiB. */
const LARGEST_BYTES = 8 * 1024 * 1024;

/** An API server that hangs must not cost a connection for each review. */
const MOST_CALLS = 16;

const PAGE = 500;

/** More pods and StatefulSets than a cluster has. */
const MOST_KEPT = 500_000;

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** including the query */
  readonly path: string;
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  /** @default application/json */
  readonly accept?: string | undefined;
  /** aborted when the response is not needed any more */
  readonly deadline: AbortSignal;
}

export interface KubeResponse {
  readonly status: number;
  readonly body: unknown;
  /** the header Date; null if it is missing */
  readonly date: string | null;
  /** milliseconds to wait before a retry (Retry-After); null if the header is missing */
  readonly retryAfterMs: number | null;
}

/** A watch: a GET whose response has one line for each event. */
export interface WatchRequest extends Pick<KubeRequest, "path"> {
  /** ends the watch */
  readonly deadline: AbortSignal;
  /** milliseconds without a byte after which the connection counts as dead */
  readonly silenceMs: number;
  /** called once the API server has answered 200 */
  readonly onOpen: () => void;
  /** called for each event, unparsed; an error that it throws ends the watch */
  readonly onEvent: (event: unknown) => void;
}

/** Resolves with the status and the JSON of the response; rejects if there is no response. */
export type ApiCall = (request: KubeRequest) => Promise<KubeResponse>;

interface ListRequest<T> extends Pick<KubeRequest, "path" | "accept" | "deadline"> {
  /** for messages, e.g. pods */
  readonly what: string;
  readonly query?: Readonly<Record<string, string>>;
  /** what to keep of an item */
  readonly keep: (item: unknown) => readonly T[];
}

export interface ApiClient {
  readonly call: ApiCall;
  /** Reads all pages of a list; rejects if a page cannot be read. */
  list<T>(asked: ListRequest<T>): Promise<T[]>;
  /** The same, with the resourceVersion of the list, from which a watch can start. */
  listForWatch<T>(asked: ListRequest<T>): Promise<{ items: T[]; resourceVersion: string }>;
  /**
   * Resolves when the API server ends the watch, and rejects if it ends in another way. A watch does not count as a
   * concurrent call: it lasts minutes, and each informer has only one.
   */
  watch(request: WatchRequest): Promise<void>;
}

/** @param most concurrent calls */
export function createApiClient(access: ApiAccess, most = MOST_CALLS): ApiClient {
  const gate = new Gate(most);
  const send = async <T>(request: KubeRequest, read: (answer: IncomingMessage) => Promise<T>): Promise<T> => {
    const leave = await gate.enter(1, request.deadline);
    try {
      request.deadline.throwIfAborted();
      return await ask(access, request, read);
    } catch (error) {
      const why = request.deadline.aborted
        ? "it did not answer in time (timeout)"
        : describeNetworkError(error);
      throw new Error(`the API server: ${why}`, { cause: error });
    } finally {
      leave?.();
    }
  };
  const readPage = async <T>(
    asked: ListRequest<T>,
    found: T[],
    next: string | undefined,
  ): Promise<ListMetadata> => {
    const { path, what, query, keep, accept, deadline } = asked;
    const words = new URLSearchParams({ limit: String(PAGE), ...query });
    if (next !== undefined) words.set("continue", next);
    const take = (item: unknown): void => {
      for (const kept of keep(item)) found.push(kept);
      if (found.length > MOST_KEPT) throw new Error(`there are more than ${MOST_KEPT} ${what}`);
    };
    const page = { method: "GET", path: `${path}?${words}`, deadline, accept } as const;
    const answer = await send(page, (incoming) => readList(incoming, take));
    if (answer.status !== 200) throw toApiRefusal(answer);
    const read = readShape(pageShape, answer.body);
    if ("fault" in read) throw new Error(`the API server's answer is not a list of ${what}`);
    return read.value.metadata ?? {};
  };
  const readPages = async <T>(asked: ListRequest<T>): Promise<{ items: T[]; first: ListMetadata }> => {
    const items: T[] = [];
    const first = await readPage(asked, items, undefined);
    let next = first.continue;
    while (next) next = (await readPage(asked, items, next)).continue;
    return { items, first };
  };
  return {
    call: (request) => send(request, readAnswer),
    list: async (asked) => (await readPages(asked)).items,
    listForWatch: async (asked) => {
      const { items, first } = await readPages(asked);
      if (!first.resourceVersion)
        throw new Error(`the API server's list of ${asked.what} has no resourceVersion`);
      return { items, resourceVersion: first.resourceVersion };
    },
    watch: (request) => watch(access, request),
  };
}

/** The metadata of a list page. */
interface ListMetadata {
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

const pageShape = object({
  metadata: optional(object({ continue: optional(text()), resourceVersion: optional(text()) })),
  items: nullable(listOf(anything())),
});

/** TCP probes an idle connection after this time, so that no router on the path drops it. */
const TCP_KEEP_ALIVE_MS = 30_000;

/** A response that does not start is given up earlier than a watch without events. */
const OPEN_MS = 30_000;

async function watch(
  access: ApiAccess,
  { path, deadline, silenceMs, onOpen, onEvent }: WatchRequest,
): Promise<void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), Math.min(OPEN_MS, silenceMs));
  const read = async (answer: IncomingMessage): Promise<KubeResponse | null> => {
    if (answer.statusCode !== 200) return readAnswer(answer);
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMs);
    onOpen();
    const heard = hear(answer, () => timer.refresh());
    for await (const line of readLines(heard, LARGEST_BYTES)) onEvent(JSON.parse(line));
    return null;
  };
  const asked = { method: "GET", path, deadline: AbortSignal.any([deadline, silence.signal]) } as const;
  try {
    const refused = await ask(access, asked, read, { tcpKeepAliveMs: TCP_KEEP_ALIVE_MS });
    if (refused !== null) throw toApiRefusal(refused);
  } catch (error) {
    if (error instanceof ApiRefusal) throw error;
    const why = silence.signal.aborted ? "nothing came for too long (timeout)" : describeNetworkError(error);
    throw new Error(`the API server: the watch broke off: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function* hear(answer: IncomingMessage, onBytes: () => void): AsyncGenerator<unknown, void, undefined> {
  for await (const chunk of answer) {
    onBytes();
    yield chunk;
  }
}

/** Sends a request and reads its response. Connections are kept, since the calls of reviews follow each other. */
async function ask<T>(
  access: ApiAccess,
  {
    method,
    path,
    body,
    contentType = "application/json",
    accept = "application/json",
    deadline,
  }: KubeRequest,
  read: (answer: IncomingMessage) => Promise<T>,
  connection: Pick<HttpRequest, "tcpKeepAliveMs"> = {},
): Promise<T> {
  const { ca, token, headers } = await access.readCredentials();
  const sent: HttpRequest = {
    server: access.server,
    path: `${new URL(access.server).pathname.replace(/\/$/, "")}${path}`,
    method,
    headers: { ...headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }), accept },
    body: body === undefined ? null : { text: JSON.stringify(body), contentType },
    ca,
    signal: deadline,
    agent: access.agent ?? globalAgent,
    ...connection,
  };
  return sendRequest(sent, read);
}

async function readAnswer(answer: IncomingMessage): Promise<KubeResponse> {
  const body = jsonOrNull(await readAnswerText(answer, LARGEST_BYTES));
  return { status: answer.statusCode ?? 0, body, ...readHeaders(answer) };
}

async function readList(answer: IncomingMessage, take: (item: unknown) => void): Promise<KubeResponse> {
  if (answer.statusCode !== 200) return readAnswer(answer);
  const items = new ListItems(take);
  for await (const chunk of answer as AsyncIterable<Buffer>) items.take(chunk);
  return { status: 200, body: jsonOrNull(items.end()), ...readHeaders(answer) };
}

/** The API server sends Retry-After in seconds only, never as a date. */
function readHeaders({ headers }: IncomingMessage): Pick<KubeResponse, "date" | "retryAfterMs"> {
  const seconds = headers["retry-after"] ?? "";
  return {
    date: headers.date ?? null,
    retryAfterMs: /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : null,
  };
}

function jsonOrNull(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    // proxies on the path answer in HTML
    return null;
  }
}

/** The API server refused a request. */
export class ApiRefusal extends Error {
  readonly status: number;
  /** the message of its Status */
  readonly said: string | null;
  readonly retryAfterMs: number | null;

  constructor({ status, body, retryAfterMs }: Pick<KubeResponse, "status" | "body" | "retryAfterMs">) {
    const read = readShape(refused, body);
    const said = "value" in read ? read.value.message : null;
    super(`the API server answered ${status}: ${said ?? "no message"}`);
    this.status = status;
    this.said = said;
    this.retryAfterMs = retryAfterMs;
  }
}

const refused = object({ message: text() });

/** Makes an error of an unexpected response. */
export const toApiRefusal = (answer: KubeResponse): ApiRefusal => new ApiRefusal(answer);

// Reads of a live cluster for checks. What cannot be read is unknown, with the reason; nothing is written but dry runs and
// access reviews.
import { readErrorCode } from "../../../init/contract/network.ts";
import { formatShapeFault, object, readShape, type Shape, text } from "../../../init/contract/shape.ts";
import type { ApiAccess } from "../../cluster/access.ts";
import { ApiRefusal, createApiClient, type KubeResponse, toApiRefusal } from "../../cluster/call.ts";
import { quoteFromCluster } from "./report.ts";

/** A check could not find out. The message is a clause, such as "you may not get the Secret …". */
export class Unreadable extends Error {}

export interface ClusterReader {
  /** @returns null if the object does not exist @throws Unreadable */
  get<T>(path: string, what: string, shape: Shape<T>): Promise<T | null>;
  /** Reads all pages of a list. @throws Unreadable, also if an item has another shape: a check must not overlook it */
  list<T>(path: string, what: string, shape: Shape<T>, query?: Record<string, string>): Promise<T[]>;
  /** Sends a dry run or a review. @throws Unreadable if there is no answer */
  post(path: string, body: unknown): Promise<KubeResponse>;
  /** Deletes an object that a probe has made. @throws Unreadable if there is no answer */
  delete(path: string): Promise<KubeResponse>;
  /** the API server's clock, by its last answer */
  now(): Date;
}

/** Longer than the API server waits for the webhook. */
const CALL_MS = 15_000;
const LIST_MS = 60_000;

/** For all reads of one run: an API server that answers slowly must not make it endless. */
const RUN_MS = 180_000;

const statusMessage = object({ message: text() });

/** The message of a Status; "" if there is none. */
export function readStatusMessage({ body }: KubeResponse): string {
  const read = readShape(statusMessage, body);
  return "value" in read ? read.value.message : "";
}

export function createClusterReader(access: ApiAccess): ClusterReader {
  const client = createApiClient(access, 8);
  let ahead = 0;
  const end = AbortSignal.timeout(RUN_MS);
  const limit = (ms: number): AbortSignal => AbortSignal.any([AbortSignal.timeout(ms), end]);
  const sendOnce = async (method: Method, path: string, body: unknown): Promise<KubeResponse> => {
    // what a probe has made is removed even after the end
    const deadline = method === "DELETE" ? AbortSignal.timeout(CALL_MS) : limit(CALL_MS);
    const answer = await client.call({ method, path, body, deadline });
    const theirs = Date.parse(answer.date ?? "");
    if (!Number.isNaN(theirs)) ahead = theirs - Date.now();
    return answer;
  };
  const send = async (method: Method, path: string, body?: unknown): Promise<KubeResponse> => {
    try {
      return await sendOnce(method, path, body).catch((error: unknown) => {
        if (isBroken(error)) return sendOnce(method, path, body);
        throw error;
      });
    } catch (error) {
      throw toUnreadable(error);
    }
  };
  return {
    get: async (path, what, shape) => {
      const answer = await send("GET", path);
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw explainRefusal(toApiRefusal(answer), what);
      const read = readShape(shape, answer.body);
      if ("fault" in read) throw new Unreadable(`the API server's answer is not ${what}`);
      return read.value;
    },
    list: async (path, what, shape, query = {}) => {
      const keep = (item: unknown) => {
        const read = readShape(shape, item);
        if ("fault" in read)
          throw new Unreadable(`an item of the list of ${what}: ${formatShapeFault(read.fault, "it")}`);
        return [read.value];
      };
      try {
        return await client.list({ path, what, query, keep, deadline: limit(LIST_MS) });
      } catch (error) {
        if (error instanceof ApiRefusal) throw explainRefusal(error, `the list of ${what}`);
        throw error instanceof Unreadable ? error : toUnreadable(error);
      }
    },
    post: (path, body) => send("POST", path, body),
    delete: (path) => send("DELETE", path),
    now: () => new Date(Date.now() + ahead),
  };
}

type Method = "GET" | "POST" | "DELETE";

/** A kept connection that the other side closes while it is used again. */
const isBroken = (error: unknown): boolean =>
  error instanceof Error && /^(ECONNRESET|EPIPE)$/.test(readErrorCode(error.cause));

const toUnreadable = (error: unknown): Unreadable =>
  new Unreadable(quoteFromCluster(error instanceof Error ? error.message : String(error)));

function explainRefusal({ status, said }: ApiRefusal, what: string): Unreadable {
  const words = quoteFromCluster(said ?? "no message");
  if (status === 401) return new Unreadable("the API server does not accept your credentials (401)");
  if (status === 403) return new Unreadable(`you may not read ${what}: ${words}`);
  return new Unreadable(`${what}: the API server answered ${status}: ${words}`);
}

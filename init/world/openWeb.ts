// GET requests to the web servers of Ozone's daemons, with a short time limit. They never reject.
import type { IncomingMessage } from "node:http";
import { readAnswerText, sendRequest } from "../contract/http.ts";
import { describeNetworkError, readErrorCode } from "../contract/network.ts";
import { LARGEST_ANSWER } from "../contract/ring/bean.ts";
import type { AskWeb, WebAnswer } from "../engine/ringPorts.ts";
import { readBoundedText } from "./files.ts";
import { parseJsonOrText } from "./parseJsonOrText.ts";

const LIMIT_MS = 3_000;

/** Errors that prove that the daemon does not run. */
const SILENT: readonly string[] = ["ECONNREFUSED", "ENOTFOUND"];

/**
 * @param caFile PEM of the CA of their certificates, read for each call because it may be renewed; null: the system's
 * CAs
 * @param limitMs for a whole call @default 3 s
 */
export function openWeb(caFile: string | null, limitMs = LIMIT_MS): AskWeb {
  return async (url) => {
    try {
      const ca =
        caFile !== null && url.startsWith("https:") ? await readBoundedText(caFile, { links: true }) : null;
      const { origin: server, pathname, search } = new URL(url);
      const headers = { accept: "application/json" };
      return await sendRequest({ server, path: pathname + search, headers, ca, limitMs }, read);
    } catch (error) {
      const why = `${new URL(url).host}: ${describeNetworkError(error)}`;
      return SILENT.includes(readErrorCode(error)) ? { is: "silent", why } : { is: "unclear", why };
    }
  };
}

async function read(answer: IncomingMessage): Promise<WebAnswer> {
  const text = await readAnswerText(answer, LARGEST_ANSWER);
  return { is: "answer", status: answer.statusCode ?? 0, body: parseJsonOrText(text) };
}

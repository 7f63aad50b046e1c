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

/** The CA of the servers' certificates: PEM, or a file with it; null: the system's CAs. */
export type TrustedCa = { readonly pem: string } | { readonly file: string } | null;

/**
 * The host name of a URL must be in the server's certificate.
 * @param limitMs for a whole call @default 3 s
 */
export function openWeb(trusted: TrustedCa, limitMs = LIMIT_MS): AskWeb {
  return async (url) => {
    try {
      const ca = url.startsWith("https:") ? await readCa(trusted) : null;
      const { origin: server, pathname, search } = new URL(url);
      const headers = { accept: "application/json" };
      return await sendRequest({ server, path: pathname + search, headers, ca, limitMs }, read);
    } catch (error) {
      const why = `${new URL(url).host}: ${describeNetworkError(error)}`;
      return SILENT.includes(readErrorCode(error)) ? { is: "silent", why } : { is: "unclear", why };
    }
  };
}

/** A file is read for each call because it may be renewed. */
async function readCa(trusted: TrustedCa): Promise<string | null> {
  if (trusted === null) return null;
  return "pem" in trusted ? trusted.pem : readBoundedText(trusted.file, { links: true });
}

async function read(answer: IncomingMessage): Promise<WebAnswer> {
  const text = await readAnswerText(answer, LARGEST_ANSWER);
  return { is: "answer", status: answer.statusCode ?? 0, body: parseJsonOrText(text) };
}

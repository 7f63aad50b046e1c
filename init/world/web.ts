// The web servers of Ozone's daemons, asked for their beans: one GET, a short limit, every end of it a value.
import { get as getPlain, type IncomingMessage, Agent as PlainAgent } from "node:http";
import { Agent, get } from "node:https";
import { codeOf, networkWords } from "../contract/network.ts";
import { LARGEST_ANSWER } from "../contract/ring/bean.ts";
import type { AskWeb, WebAnswer } from "../engine/ringPorts.ts";
import { readBoundedText } from "./readBounded.ts";
import { endIn, jsonOrText, textOf } from "./whole.ts";

const LIMIT_MS = 3_000;

/** As the webhook reads the same answers. */
const LARGEST_KIB = LARGEST_ANSWER / 1024;

/** What proves that nobody runs there. */
const SILENT: readonly string[] = ["ECONNREFUSED", "ENOTFOUND"];

/**
 * @param caFile PEM with the CA of their certificates, read at each call since it may be renewed; null: the system's
 * @param limitMs for a whole call @default 3 s
 */
export function openWeb(caFile: string | null, limitMs = LIMIT_MS): AskWeb {
  return async (url) => {
    try {
      const ca =
        caFile !== null && url.startsWith("https:") ? await readBoundedText(caFile, { links: true }) : null;
      return await ask(url, ca, limitMs);
    } catch (error) {
      const why = `${new URL(url).host}: ${networkWords(error)}`;
      return SILENT.includes(codeOf(error)) ? { is: "silent", why } : { is: "unclear", why };
    }
  };
}

/** @throws whatever keeps the answer from coming whole and in time */
function ask(url: string, ca: string | null, limitMs: number): Promise<WebAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/json" };
    const onAnswer = (answer: IncomingMessage): void => {
      textOf(answer, LARGEST_KIB).then(
        (text) => resolve({ is: "answer", status: answer.statusCode ?? 0, body: jsonOrText(text) }),
        reject,
      );
    };
    // agents of our own: no connection is kept, and no proxy asked, whatever NODE_USE_ENV_PROXY says
    const asked = url.startsWith("https:")
      ? get(url, { headers, agent: new Agent(), ...(ca === null ? {} : { ca }) }, onAnswer)
      : getPlain(url, { headers, agent: new PlainAgent() }, onAnswer);
    endIn(asked, limitMs);
    asked.on("error", reject);
  });
}
